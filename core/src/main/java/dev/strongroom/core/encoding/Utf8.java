package dev.strongroom.core.encoding;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * UTF-8 without replacement characters: what cannot be converted is refused, so that two different
 * inputs never become the same text or the same bytes.
 */
public final class Utf8 {
  private Utf8() {}

  /**
   * The bytes of a text.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the text holds a lone surrogate
   */
  public static byte[] encode(String text) {
    if (!isEncodable(text)) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "a text holds a lone surrogate; send valid Unicode");
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The text of some bytes.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the bytes are not UTF-8 (RFC 3629)
   */
  public static String decode(byte[] bytes) {
    if (isAscii(bytes)) {
      return new String(bytes, StandardCharsets.US_ASCII);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "the bytes are not valid UTF-8; send UTF-8", e);
    }
  }

  private static boolean isAscii(byte[] bytes) {
    int all = 0;
    for (byte each : bytes) {
      all |= each;
    }
    return all >= 0;
  }

  /** Whether the text can be written as UTF-8, which is: it holds no lone surrogate. */
  public static boolean isEncodable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
