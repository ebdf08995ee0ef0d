package dev.strongroom.core.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Base64;

/**
 * Public bytes inside a message, written as base64url without padding (RFC 4648 section 5). Never
 * used for secrets: those are {@link dev.strongroom.core.secret.SecretBytes}.
 *
 * @param base64url the only spelling that decodes to these bytes
 */
public record Blob(@JsonValue String base64url) {

  /**
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the text is not base64url, has
   *     padding, or has bits set beyond its last byte
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Blob {
    if (!isCanonical(base64url)) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "bytes are written as base64url without padding");
    }
  }

  /** Wraps a copy of these bytes. */
  public static Blob of(byte[] bytes) {
    return new Blob(encode(bytes));
  }

  /** A fresh copy of the bytes. */
  public byte[] bytes() {
    return Base64.getUrlDecoder().decode(base64url);
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static boolean isCanonical(String text) {
    try {
      return encode(Base64.getUrlDecoder().decode(text)).equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
