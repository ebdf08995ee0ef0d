package dev.strongroom.keyservice.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.core.id.VersionId;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The records of a policy as JSON, for its digest: durations in seconds, choices in their spelling
 * on the wire, absent members left out.
 */
final class RecordJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private RecordJson() {}

  static JsonNode of(Object value) {
    return switch (value) {
      case String text -> TextNode.valueOf(text);
      case Boolean flag -> BooleanNode.valueOf(flag);
      case Integer number -> LongNode.valueOf(number);
      case Duration duration -> LongNode.valueOf(duration.toSeconds());
      case Action action -> TextNode.valueOf(action.wireName());
      case ExpiryMode mode -> TextNode.valueOf(mode.wireName());
      case PodFeature feature -> TextNode.valueOf(feature.wireName());
      case DeliveryMode mode -> TextNode.valueOf(mode.wireName());
      case ModelPattern pattern -> TextNode.valueOf(pattern.value());
      case VersionId version -> TextNode.valueOf(version.value());
      case List<?> items -> list(items);
      case Map<?, ?> entries -> map(entries);
      case Record record -> record(record);
      default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
    };
  }

  private static ArrayNode list(List<?> items) {
    ArrayNode array = NODES.arrayNode();
    items.forEach(item -> array.add(of(item)));
    return array;
  }

  private static ObjectNode map(Map<?, ?> entries) {
    ObjectNode object = NODES.objectNode();
    entries.forEach((key, value) -> object.set((String) key, of(value)));
    return object;
  }

  private static ObjectNode record(Record record) {
    ObjectNode object = NODES.objectNode();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        Object value = component.getAccessor().invoke(record);
        if (value != null) {
          object.set(component.getName(), of(value));
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(component + " must be public", e);
      }
    }
    return object;
  }
}
