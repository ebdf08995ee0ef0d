package dev.strongroom.core.trust;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.problem.Require;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A verification key with its period of validity. Periods overlap while a key is replaced.
 *
 * @param spki base64 of the DER SubjectPublicKeyInfo: P-256 or Ed25519
 * @param notBefore RFC 3339; null for no limit
 * @param notAfter RFC 3339; null for no limit
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PinnedKey(String spki, @Nullable String notBefore, @Nullable String notAfter) {
  public PinnedKey {
    Require.present(spki, "spki");
    PublicKeys.ofSpki(decode(spki));
    instant(notBefore);
    instant(notAfter);
  }

  /** A key without limits of time. */
  public static PinnedKey of(PublicKey key) {
    return new PinnedKey(Base64.getEncoder().encodeToString(key.getEncoded()), null, null);
  }

  public PublicKey publicKey() {
    return PublicKeys.ofSpki(decode(spki));
  }

  /** SHA-256 over the SPKI. */
  public Sha256Digest keyId() {
    return Sha256Digest.of(decode(spki));
  }

  /** Whether the key may be used at this moment. */
  public boolean validAt(Instant now) {
    Instant from = instant(notBefore);
    Instant until = instant(notAfter);
    return (from == null || !now.isBefore(from)) && (until == null || now.isBefore(until));
  }

  private static byte[] decode(String spki) {
    try {
      return Base64.getDecoder().decode(spki);
    } catch (IllegalArgumentException e) {
      Require.that(false, "an spki is base64 of a DER SubjectPublicKeyInfo");
      throw e;
    }
  }

  private static @Nullable Instant instant(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (java.time.format.DateTimeParseException e) {
      Require.that(false, "a validity is an RFC 3339 time such as 2026-01-01T00:00:00Z");
      throw e;
    }
  }
}
