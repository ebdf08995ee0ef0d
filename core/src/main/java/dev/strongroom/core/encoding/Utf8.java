package dev.strongroom.core.encoding;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
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
    try {
      ByteBuffer encoded =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "a text holds a lone surrogate; send valid Unicode", e);
    }
  }

  /**
   * The text of some bytes.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the bytes are not UTF-8 (RFC 3629)
   */
  public static String decode(byte[] bytes) {
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

  /** Whether the text can be written as UTF-8, which is: it holds no lone surrogate. */
  public static boolean isEncodable(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }
}
