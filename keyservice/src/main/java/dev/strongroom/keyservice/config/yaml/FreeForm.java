package dev.strongroom.keyservice.config.yaml;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** YAML whose keys are the writer's own, such as the claims of a token, as JSON. */
final class FreeForm {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private FreeForm() {}

  static JsonNode json(YamlNode node) {
    return switch (node) {
      case YamlNode.Mapping mapping -> {
        ObjectNode object = NODES.objectNode();
        mapping.entries().forEach((key, entry) -> object.set(key, json(entry.value())));
        yield object;
      }
      case YamlNode.Sequence sequence -> {
        ArrayNode array = NODES.arrayNode();
        sequence.items().forEach(item -> array.add(json(item)));
        yield array;
      }
      case YamlNode.Scalar scalar -> scalar(scalar);
    };
  }

  private static JsonNode scalar(YamlNode.Scalar scalar) {
    return switch (scalar.type()) {
      case TEXT -> NODES.textNode(scalar.text());
      case INTEGER -> integer(scalar.text());
      case FRACTION -> NODES.numberNode(Double.parseDouble(scalar.text()));
      case BOOLEAN -> NODES.booleanNode(scalar.text().equalsIgnoreCase("true"));
      case NULL -> NODES.nullNode();
    };
  }

  // Hexadecimal and the like are texts to a token's claims.
  private static JsonNode integer(String text) {
    try {
      return NODES.numberNode(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return NODES.textNode(text);
    }
  }
}
