package dev.strongroom.attestation.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * JSON of strangers: bounded, without duplicate members and without anything behind the value. What
 * is wrong is refused with the code that the caller names, which knows what the document is.
 */
public final class Json {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_STRING = 8 << 20;
  private static final int SHOWN = 40;
  private static final Pattern UNPRINTABLE = Pattern.compile("[^\\x20-\\x7e]+");
  private static final ObjectReader READER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(MAX_STRING)
                          .build())
                  .build())
          .enable(
              DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .reader();

  private final AttestationCode refusal;
  private final String what;

  /**
   * A reader of documents of one kind.
   *
   * @param refusal the code for whatever is wrong with one
   * @param what it is, for messages: {@code evidence}
   */
  public Json(AttestationCode refusal, String what) {
    this.refusal = refusal;
    this.what = what;
  }

  /** Reads an object. */
  public ObjectNode object(byte[] document) {
    try {
      if (READER.readTree(document) instanceof ObjectNode object) {
        return object;
      }
      throw refused("is not an object", null);
    } catch (IOException e) {
      throw refused("cannot be read", e);
    }
  }

  /** A member that is an object. */
  public ObjectNode object(ObjectNode parent, String name) {
    if (parent.get(name) instanceof ObjectNode object) {
      return object;
    }
    throw refused("has no object '" + name + "'", null);
  }

  /** A member that is a text. */
  public String text(ObjectNode parent, String name) {
    JsonNode value = parent.get(name);
    if (value == null || !value.isTextual()) {
      throw refused("has no text '" + name + "'", null);
    }
    return value.textValue();
  }

  /** A member that is a truth value. */
  public boolean truth(ObjectNode parent, String name) {
    JsonNode value = parent.get(name);
    if (value == null || !value.isBoolean()) {
      throw refused("has no truth value '" + name + "'", null);
    }
    return value.booleanValue();
  }

  /** A member of hexadecimal. */
  public byte[] hex(ObjectNode parent, String name) {
    try {
      return HexFormat.of().parseHex(text(parent, name));
    } catch (IllegalArgumentException e) {
      throw refused("has no hexadecimal in '" + shown(name) + "'", e);
    }
  }

  /** A refusal of this document. */
  public AttestationException refused(String why, @Nullable Exception cause) {
    return new AttestationException(refusal, "the " + what + " " + why, cause);
  }

  /** For messages: short, and in one line. */
  public static String shown(String text) {
    String start = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    return UNPRINTABLE.matcher(start).replaceAll("?");
  }
}
