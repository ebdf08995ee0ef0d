package dev.strongroom.core.trust;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import java.security.PublicKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The versioned set of keys that a verifier trusts, pinned by the operator as one file.
 *
 * @param format {@value #FORMAT}
 * @param origin the key service that these keys belong to
 * @param grantKeys keys that sign grants, leases and events
 * @param log where releases are recorded
 * @param publishers whose manifests are accepted, and for which models
 */
public record TrustBundle(
    String format,
    String origin,
    List<PinnedKey> grantKeys,
    LogTrust log,
    List<Publisher> publishers) {
  public static final String FORMAT = "strongroom-trust/v1";

  public TrustBundle {
    if (!FORMAT.equals(format)) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "a trust bundle has the format " + FORMAT);
    }
    Require.present(origin, "origin");
    grantKeys = List.copyOf(Require.present(grantKeys, "grantKeys"));
    Require.that(!grantKeys.isEmpty(), "a trust bundle holds at least one grant key");
    Require.present(log, "log");
    publishers = List.copyOf(Require.present(publishers, "publishers"));
  }

  /**
   * The grant key of this id.
   *
   * @throws Problem {@link ProblemCode#GRANT_SIGNATURE_INVALID} when it is not pinned or not valid
   *     now
   */
  public PublicKey grantKey(@Nullable String keyId, Instant now) {
    for (PinnedKey key : grantKeys) {
      if (key.keyId().hex().equals(keyId) && key.validAt(now)) {
        return key.publicKey();
      }
    }
    throw new Problem(
        ProblemCode.GRANT_SIGNATURE_INVALID,
        "the message is signed by a key that the trust bundle does not hold, or not for this time");
  }

  /** The keys that may sign manifests of this model now. */
  public List<PinnedKey> publisherKeys(ModelName model, Instant now) {
    return publishers.stream()
        .filter(publisher -> publisher.models().stream().anyMatch(p -> p.covers(model)))
        .map(Publisher::key)
        .filter(key -> key.validAt(now))
        .toList();
  }

  /**
   * @param origin the log's origin line (C2SP tlog-checkpoint)
   * @param keys which checkpoints are accepted
   */
  public record LogTrust(String origin, List<LogKey> keys) {
    public LogTrust {
      Require.present(origin, "log.origin");
      keys = List.copyOf(Require.present(keys, "log.keys"));
      Require.that(!keys.isEmpty(), "a trust bundle holds at least one log key");
    }
  }

  /**
   * @param vkey C2SP verifier key: {@code name+hash+base64}
   * @param notBefore RFC 3339; null for no limit
   * @param notAfter RFC 3339; null for no limit
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record LogKey(String vkey, @Nullable String notBefore, @Nullable String notAfter) {
    public LogKey {
      Require.present(vkey, "vkey");
    }
  }

  /**
   * @param name for people
   * @param key verifies manifests
   * @param models which models it may publish
   */
  public record Publisher(String name, PinnedKey key, List<ModelPattern> models) {
    public Publisher {
      Require.present(name, "name");
      Require.present(key, "key");
      models = List.copyOf(Require.present(models, "models"));
    }

    /** SHA-256 over the SPKI. */
    public Sha256Digest keyId() {
      return key.keyId();
    }
  }
}
