package dev.strongroom.attestation.tdx;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object of a piece of collateral. Members that are wanted must be there and of their type;
 * others are passed over, for Intel adds some with time.
 *
 * <p>Each read throws {@link AttestationCode#ENDORSEMENT_MALFORMED}.
 */
final class CollateralFields {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_LIST = 1024;
  private static final int MAX_TEXT = 1024;
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(64 << 10)
                          .maxNameLength(MAX_TEXT)
                          .maxNumberLength(32)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode node;
  private final String what;

  private CollateralFields(JsonNode node, String what) {
    this.node = node;
    this.what = what;
  }

  /** Reads these bytes whole. */
  static CollateralFields of(Bytes json, String what) {
    try {
      return new CollateralFields(MAPPER.readTree(json.array()), what);
    } catch (IOException e) {
      throw malformed("the " + what + " is no JSON", e);
    }
  }

  /** A parser of the same strictness. */
  static JsonParser parser(byte[] json) throws IOException {
    return MAPPER.createParser(json);
  }

  String text(String name) {
    JsonNode value = node.path(name);
    if (!value.isTextual() || value.textValue().length() > MAX_TEXT) {
      throw wrong(name, "a text");
    }
    return value.textValue();
  }

  void require(String name, String wanted) {
    if (!text(name).equals(wanted)) {
      throw wrong(name, "'" + wanted + "'");
    }
  }

  void require(String name, long wanted) {
    if (integer(name, Integer.MAX_VALUE) != wanted) {
      throw wrong(name, Long.toString(wanted));
    }
  }

  int integer(String name, int max) {
    JsonNode value = node.path(name);
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < 0
        || value.intValue() > max) {
      throw wrong(name, "a whole number to " + max);
    }
    return value.intValue();
  }

  Bytes hex(String name, int size) {
    String text = text(name);
    try {
      Bytes bytes = Bytes.ofHex(text);
      if (bytes.size() == size) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // Named below.
    }
    throw wrong(name, size + " bytes in hexadecimal");
  }

  Instant instant(String name) {
    try {
      return Instant.parse(text(name));
    } catch (DateTimeException e) {
      throw wrong(name, "a time");
    }
  }

  CollateralFields object(String name) {
    JsonNode value = node.path(name);
    if (!value.isObject()) {
      throw wrong(name, "an object");
    }
    return new CollateralFields(value, what);
  }

  /** Each of a list of objects; none when the list is not there. */
  List<CollateralFields> objects(String name) {
    List<CollateralFields> objects = new ArrayList<>();
    for (JsonNode each : list(name)) {
      if (!each.isObject()) {
        throw wrong(name, "a list of objects");
      }
      objects.add(new CollateralFields(each, what));
    }
    return objects;
  }

  /** Each of a list of texts; none when the list is not there. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode each : list(name)) {
      if (!each.isTextual() || each.textValue().length() > MAX_TEXT) {
        throw wrong(name, "a list of texts");
      }
      texts.add(each.textValue());
    }
    return texts;
  }

  /** Status, date and advisories of a level. */
  TcbVerdict verdict() {
    return new TcbVerdict(
        TcbStatus.of(text("tcbStatus")).orElseThrow(() -> wrong("tcbStatus", "a known status")),
        instant("tcbDate"),
        texts("advisoryIDs"));
  }

  AttestationException wrong(String name, String wanted) {
    return malformed("the '" + name + "' of the " + what + " is not " + wanted, null);
  }

  private JsonNode list(String name) {
    JsonNode value = node.path(name);
    if ((!value.isMissingNode() && !value.isArray()) || value.size() > MAX_LIST) {
      throw wrong(name, "a list of at most " + MAX_LIST);
    }
    return value;
  }

  private static AttestationException malformed(String message, @Nullable Exception cause) {
    return new AttestationException(AttestationCode.ENDORSEMENT_MALFORMED, message, cause);
  }
}
