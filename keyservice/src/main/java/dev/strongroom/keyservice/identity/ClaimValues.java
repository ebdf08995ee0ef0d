package dev.strongroom.keyservice.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Claims as policies see them. */
public final class ClaimValues {
  private ClaimValues() {}

  /** The claims of an object; null members are left out. */
  public static Map<String, Object> of(ObjectNode object) {
    Map<String, Object> values = new LinkedHashMap<>();
    object
        .properties()
        .forEach(claim -> {
          Object value = value(claim.getValue());
          if (value != null) {
            values.put(claim.getKey(), value);
          }
        });
    return Map.copyOf(values);
  }

  /** Texts, booleans, longs and doubles, lists and maps of them; null members are left out. */
  private static @Nullable Object value(JsonNode node) {
    if (node instanceof ObjectNode object) {
      return of(object);
    }
    if (node.isArray()) {
      List<Object> items = new ArrayList<>();
      for (JsonNode item : node) {
        Object value = value(item);
        if (value != null) {
          items.add(value);
        }
      }
      return List.copyOf(items);
    }
    if (node.isTextual()) {
      return node.textValue();
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isNumber()) {
      return node.isIntegralNumber() && node.canConvertToLong()
          ? (Object) node.longValue()
          : (Object) node.doubleValue();
    }
    return null;
  }
}
