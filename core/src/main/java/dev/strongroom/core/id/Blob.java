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

  // A last group of two characters carries 8 of their 12 bits, one of three 16 of their 18; the
  // rest are zero, or a second text would decode to the same bytes.
  private static boolean isCanonical(String text) {
    int last = 0;
    for (int i = 0; i < text.length(); i++) {
      last = value(text.charAt(i));
      if (last < 0) {
        return false;
      }
    }
    return switch (text.length() % 4) {
      case 0 -> true;
      case 2 -> (last & 0b1111) == 0;
      case 3 -> (last & 0b11) == 0;
      default -> false;
    };
  }

  private static int value(char c) {
    if (c >= 'A' && c <= 'Z') {
      return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
      return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
      return c - '0' + 52;
    }
    return c == '-' ? 62 : c == '_' ? 63 : -1;
  }
}
