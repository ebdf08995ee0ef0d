package dev.strongroom.core.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Utf8;

/** The values that Strongroom uses in JSON, and the refusal of all others. */
final class JsonSubset {
  private JsonSubset() {}

  /** Refuses a tree that {@link CanonicalWriter} could not write. */
  static void require(JsonNode tree) {
    require(tree, 0);
  }

  private static void require(JsonNode node, int depth) {
    requireDepth(depth);
    switch (node.getNodeType()) {
      case OBJECT ->
          node.properties()
              .forEach(member -> {
                requireText(member.getKey());
                require(member.getValue(), depth + 1);
              });
      case ARRAY -> node.forEach(element -> require(element, depth + 1));
      case STRING -> requireText(node.textValue());
      case BOOLEAN -> {}
      case NUMBER -> integer(node);
      case NULL, MISSING, BINARY, POJO -> throw unknownValue(node);
    }
  }

  static void requireDepth(int depth) {
    if (depth > StrictJson.MAX_DEPTH) {
      throw CanonicalJson.malformed("the JSON is nested too deeply", null);
    }
  }

  static void requireText(String text) {
    if (!Utf8.isEncodable(text)) {
      throw CanonicalJson.malformed("a text holds a lone surrogate; send valid Unicode", null);
    }
  }

  static long integer(JsonNode node) {
    if (!node.isIntegralNumber()) {
      throw CanonicalJson.malformed("floating point is not used here: send an integer", null);
    }
    long integer = node.canConvertToLong() ? node.longValue() : Long.MAX_VALUE;
    if (integer > CanonicalJson.MAX_INTEGER || integer < -CanonicalJson.MAX_INTEGER) {
      throw CanonicalJson.malformed("an integer is beyond 2^53-1", null);
    }
    return integer;
  }

  static RuntimeException unknownValue(JsonNode node) {
    return CanonicalJson.malformed(
        node.isNull() || node.isMissingNode()
            ? "null is not used here: leave the member out"
            : "a value of the tree is not a JSON value",
        null);
  }
}
