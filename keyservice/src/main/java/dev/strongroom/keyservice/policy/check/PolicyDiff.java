package dev.strongroom.keyservice.policy.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.keyservice.policy.PolicyDocument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a policy says differently from another. Order and spelling do not matter: bindings and
 * conditions are known by their names, rules by their patterns.
 */
public final class PolicyDiff {
  private PolicyDiff() {}

  /**
   * One difference.
   *
   * @param kind added, removed or changed
   * @param what for example {@code binding 'inference'}
   * @param details for a change each member that differs, else the whole
   */
  public record Change(String kind, String what, List<String> details) {
    public Change {
      details = List.copyOf(details);
    }
  }

  /** Each difference; none where both mean the same. */
  public static List<Change> between(PolicyDocument before, PolicyDocument after) {
    Map<String, JsonNode> old = parts(before.canonical());
    Map<String, JsonNode> fresh = parts(after.canonical());
    Set<String> names = new LinkedHashSet<>(old.keySet());
    names.addAll(fresh.keySet());
    List<Change> changes = new ArrayList<>();
    for (String name : names) {
      JsonNode was = old.get(name);
      JsonNode is = fresh.get(name);
      if (was == null && is != null) {
        changes.add(new Change("added", name, List.of(is.toString())));
      } else if (was != null && is == null) {
        changes.add(new Change("removed", name, List.of(was.toString())));
      } else if (was != null && is != null && !was.equals(is)) {
        changes.add(new Change("changed", name, members(was, is)));
      }
    }
    return changes;
  }

  private static List<String> members(JsonNode was, JsonNode is) {
    Set<String> names = new LinkedHashSet<>();
    was.fieldNames().forEachRemaining(names::add);
    is.fieldNames().forEachRemaining(names::add);
    return names.stream()
        .filter(name -> !was.path(name).equals(is.path(name)))
        .map(name -> name + ": " + text(was.path(name)) + " -> " + text(is.path(name)))
        .toList();
  }

  private static String text(JsonNode value) {
    return value.isMissingNode() ? "(none)" : value.toString();
  }

  private static Map<String, JsonNode> parts(JsonNode document) {
    Map<String, JsonNode> parts = new LinkedHashMap<>();
    document
        .properties()
        .forEach(section -> {
          if (section.getValue().isArray()) {
            section.getValue().forEach(item -> part(section.getKey(), item, parts));
          }
        });
    return parts;
  }

  private static void part(String section, JsonNode item, Map<String, JsonNode> parts) {
    ObjectNode rest = item.deepCopy();
    if (rest.has("name")) {
      String kind = section.substring(0, section.length() - 1);
      parts.put(kind + " '" + rest.remove("name").textValue() + "'", rest);
      return;
    }
    // A rule for two patterns says the same as two rules.
    rest.remove("models")
        .forEach(pattern -> parts.put(section + " for " + pattern.textValue(), rest));
  }
}
