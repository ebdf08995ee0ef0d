package dev.strongroom.core.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Require;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Answer to {@code POST /v1/nonces}.
 *
 * @param nonce opaque to the caller, 32 to 128 characters of base64url; good for one request
 * @param expiresAt seconds since the epoch; for people, the service decides
 */
public record Nonce(String nonce, long expiresAt) {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{32,128}");

  public Nonce {
    checkForm(nonce);
  }

  /** What the log keeps of a nonce. */
  public Sha256Digest hash() {
    return hash(nonce);
  }

  /** What the log keeps of a nonce. */
  public static Sha256Digest hash(String nonce) {
    return Sha256Digest.of(nonce.getBytes(StandardCharsets.US_ASCII));
  }

  static void checkForm(String nonce) {
    Require.present(nonce, "nonce");
    Require.that(FORM.matcher(nonce).matches(), "a nonce is 32 to 128 characters of base64url");
  }
}
