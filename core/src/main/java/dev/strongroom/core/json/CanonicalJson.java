package dev.strongroom.core.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Utf8;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * JSON Canonicalization Scheme (RFC 8785) for the values that Strongroom uses: objects, arrays,
 * texts, booleans and integers of at most 2<sup>53</sup>-1 either way (RFC 7493, section 2.2). Null
 * and floating point are refused, because each has a second spelling that means nearly the same.
 *
 * <p>The parser refuses duplicate names, bytes after the value, a byte order mark, invalid UTF-8,
 * lone surrogates, more than {@value StrictJson#MAX_DEPTH} levels and more than a given number of
 * bytes. Messages never repeat the input.
 */
public final class CanonicalJson {
  /** The largest integer. */
  public static final long MAX_INTEGER = (1L << 53) - 1;

  private CanonicalJson() {}

  /**
   * The canonical bytes of a tree.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the tree holds null, floating point,
   *     an integer out of range, a lone surrogate, or is too deep
   */
  public static byte[] write(JsonNode tree) {
    return Utf8.encode(CanonicalWriter.write(tree));
  }

  /**
   * The canonical bytes of a record.
   *
   * @throws Problem as {@link #write(JsonNode)}
   */
  public static byte[] writeRecord(Object value) {
    return write(StrictJson.mapper().valueToTree(value));
  }

  /**
   * Reads any JSON text of the subset.
   *
   * @param limit the most bytes
   * @throws Problem {@link ProblemCode#TOO_LARGE} above the limit, {@link
   *     ProblemCode#MALFORMED_REQUEST} for whatever the class description refuses
   */
  public static JsonNode parse(byte[] json, int limit) {
    JsonNode tree = parseTree(json, limit);
    JsonSubset.require(tree);
    return tree;
  }

  /**
   * Reads JSON that others have made, with the same limits; null and floating point are allowed.
   * The tree cannot always be written here.
   *
   * @param limit the most bytes
   * @throws Problem as {@link #parse(byte[], int)}
   */
  public static JsonNode parseForeign(byte[] json, int limit) {
    return parseTree(json, limit);
  }

  /**
   * Reads JSON that is already canonical: writing what was read gives the same bytes.
   *
   * @param limit the most bytes
   * @throws Problem as {@link #parse(byte[], int)}, and {@link ProblemCode#MALFORMED_REQUEST} for
   *     another spelling
   */
  public static JsonNode parseCanonical(byte[] json, int limit) {
    JsonNode tree = parseTree(json, limit);
    if (!Arrays.equals(write(tree), json)) {
      throw malformed("the JSON is not in canonical form (RFC 8785)", null);
    }
    return tree;
  }

  /**
   * Reads a record from any JSON text of the subset.
   *
   * @throws Problem as {@link #parse(byte[], int)}; what a record's constructor throws keeps its
   *     code
   */
  public static <T> T parse(byte[] json, Class<T> type, int limit) {
    return toRecord(parse(json, limit), type);
  }

  /**
   * Reads a record from JSON that is already canonical.
   *
   * @throws Problem as {@link #parseCanonical(byte[], int)}; what a record's constructor throws
   *     keeps its code
   */
  public static <T> T parseCanonical(byte[] json, Class<T> type, int limit) {
    return toRecord(parseCanonical(json, limit), type);
  }

  private static JsonNode parseTree(byte[] json, int limit) {
    if (json.length > limit) {
      throw new Problem(
          ProblemCode.TOO_LARGE, "the JSON has more than the " + limit + " bytes allowed here");
    }
    String text = Utf8.decode(json);
    if (text.startsWith("\uFEFF")) {
      throw malformed("the JSON begins with a byte order mark; leave it out", null);
    }
    try {
      JsonNode tree = StrictJson.mapper().readTree(text);
      if (tree.isMissingNode()) {
        throw malformed("there is no JSON value", null);
      }
      return tree;
    } catch (StreamConstraintsException e) {
      throw malformed("the JSON is nested too deeply, or a name or number is too long", e);
    } catch (JsonProcessingException e) {
      throw malformed("this is not one JSON value with distinct names" + place(e), e);
    }
  }

  private static <T> T toRecord(JsonNode tree, Class<T> type) {
    try {
      T value = StrictJson.mapper().treeToValue(tree, type);
      if (value == null) {
        throw malformed("the JSON holds no " + type.getSimpleName(), null);
      }
      return value;
    } catch (JsonProcessingException e) {
      throw refusal(e, type);
    } catch (IllegalArgumentException e) {
      throw malformed("the JSON is no valid " + type.getSimpleName(), e);
    }
  }

  private static Problem refusal(JsonProcessingException e, Class<?> type) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof Problem problem) {
        return problem;
      }
    }
    String where =
        e instanceof com.fasterxml.jackson.databind.JsonMappingException mapping
            ? members(mapping)
            : "";
    return malformed(
        "the JSON is no valid "
            + type.getSimpleName()
            + where
            + ": a member is missing, unknown or of another type",
        e);
  }

  private static String members(com.fasterxml.jackson.databind.JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (var reference : e.getPath()) {
      String name = reference.getFieldName();
      path.append('.').append(name == null ? "[" + reference.getIndex() + "]" : plain(name));
    }
    return path.isEmpty() ? "" : " at " + path.substring(1);
  }

  // A name may come from the input: only what cannot harm a terminal or a log line is repeated.
  private static String plain(String name) {
    boolean harmless =
        name.length() <= 64
            && name.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '_'));
    return harmless ? name : "?";
  }

  private static String place(JsonProcessingException e) {
    return e.getLocation() == null
        ? ""
        : " (line "
            + e.getLocation().getLineNr()
            + ", column "
            + e.getLocation().getColumnNr()
            + ")";
  }

  static Problem malformed(String message, @Nullable Throwable cause) {
    return cause == null
        ? new Problem(ProblemCode.MALFORMED_REQUEST, message)
        : new Problem(ProblemCode.MALFORMED_REQUEST, message, cause);
  }
}
