package dev.strongroom.auditlog;

import java.util.List;

/**
 * What a verifier pins: the origin of the log, the keys that speak for it, and which signatures
 * must be there. It comes from configuration, never from an answer that is being verified.
 *
 * @param origin the first line of every checkpoint of the log
 * @param keys one or more keys; those of retired generations stay for old checkpoints
 */
public record LogTrust(String origin, List<TrustedKey> keys, SignatureRequirement requirement) {
  public LogTrust {
    keys = List.copyOf(keys);
    if (!Encodings.isKeyName(origin)) {
      throw new IllegalArgumentException(
          "the origin is empty or holds a space, a plus sign or a control character");
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("no trusted key: name at least one verifier key");
    }
  }

  /** Trusts these keys, without end, and requires both signatures. */
  public static LogTrust of(String origin, List<VerifierKey> keys) {
    return new LogTrust(
        origin, keys.stream().map(TrustedKey::always).toList(), SignatureRequirement.BOTH);
  }
}
