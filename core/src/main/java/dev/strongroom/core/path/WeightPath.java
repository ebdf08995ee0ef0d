package dev.strongroom.core.path;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.encoding.Utf8;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;

/**
 * The path of a file inside a model: relative, segments joined by {@code /}, one spelling each.
 *
 * <p>Refused are empty paths and segments, {@code .} and {@code ..}, a leading or trailing slash,
 * backslashes, control characters (NUL among them), text that is not in Unicode normalisation form
 * C, segments of more than 255 bytes, more than 1,024 bytes in all, and more than 16 segments
 * (sizes in UTF-8). Nothing is mended: another spelling is refused, not converted. The order is
 * that of the UTF-8 bytes.
 *
 * @param value for example {@code tokenizer/vocab.txt}
 */
public record WeightPath(@JsonValue String value) implements Comparable<WeightPath> {
  /** The most bytes of one segment. */
  public static final int MAX_SEGMENT_BYTES = 255;

  /** The most bytes of a path. */
  public static final int MAX_BYTES = 1024;

  /** The most segments of a path. */
  public static final int MAX_DEPTH = 16;

  /**
   * @throws Problem {@link ProblemCode#INVALID_PATH} when the value breaks a rule above; the
   *     message names the rule
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public WeightPath {
    checkText(value);
    checkSegments(value.split("/", -1));
  }

  /** The segments, of which the last is the file's name. */
  public List<String> segments() {
    return List.of(value.split("/", -1));
  }

  @Override
  public int compareTo(WeightPath other) {
    return Arrays.compareUnsigned(
        value.getBytes(StandardCharsets.UTF_8), other.value.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return value;
  }

  private static void checkText(String value) {
    if (value.isEmpty()) {
      throw refused("it is empty");
    }
    if (value.length() > MAX_BYTES) {
      throw refused("it is longer than " + MAX_BYTES + " bytes");
    }
    if (!Utf8.isEncodable(value)) {
      throw refused("it is not valid Unicode");
    }
    if (value.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw refused("it is longer than " + MAX_BYTES + " bytes");
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw refused("it holds a control character");
    }
    if (value.indexOf('\\') >= 0) {
      throw refused("it holds a backslash");
    }
    if (!Normalizer.isNormalized(value, Normalizer.Form.NFC)) {
      throw refused("it is not in Unicode normalisation form C");
    }
  }

  private static void checkSegments(String[] segments) {
    if (segments.length > MAX_DEPTH) {
      throw refused("it has more than " + MAX_DEPTH + " segments");
    }
    for (String segment : segments) {
      if (segment.isEmpty()) {
        throw refused("it is absolute or has an empty segment");
      }
      if (segment.equals(".") || segment.equals("..")) {
        throw refused("it has a segment '" + segment + "'");
      }
      if (segment.getBytes(StandardCharsets.UTF_8).length > MAX_SEGMENT_BYTES) {
        throw refused("a segment is longer than " + MAX_SEGMENT_BYTES + " bytes");
      }
    }
  }

  // The path itself stays out of the message: it may hold whatever confuses a terminal or a log.
  private static Problem refused(String why) {
    return new Problem(
        ProblemCode.INVALID_PATH, "the path of a file is refused: " + why + "; rename the file");
  }
}
