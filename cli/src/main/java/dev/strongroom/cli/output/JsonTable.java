package dev.strongroom.cli.output;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.delivery.progress.Sizes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A table out of JSON objects: one row each, a column for every member that holds one value. */
public final class JsonTable {
  private JsonTable() {}

  /**
   * @param first members that come first, in this order, where they are there
   */
  public static Table of(JsonNode objects, String... first) {
    Set<String> members = new LinkedHashSet<>();
    Set<String> found = new LinkedHashSet<>();
    objects.forEach(object ->
        object.properties().stream()
            .filter(member -> member.getValue().isValueNode())
            .forEach(member -> found.add(member.getKey())));
    for (String name : first) {
      if (found.contains(name)) {
        members.add(name);
      }
    }
    members.addAll(found);
    Table table = new Table(members.stream().map(JsonTable::heading).toArray(String[]::new));
    for (JsonNode object : objects) {
      List<String> cells = new ArrayList<>();
      members.forEach(name -> cells.add(cell(name, object.path(name))));
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  /** The members of one object, a line each; objects within are indented. */
  public static List<String> lines(JsonNode object) {
    List<String> lines = new ArrayList<>();
    collect(object, "", lines);
    return lines;
  }

  private static void collect(JsonNode object, String indent, List<String> lines) {
    object
        .properties()
        .forEach(member -> {
          JsonNode value = member.getValue();
          if (value.isObject()) {
            lines.add(indent + Table.plain(member.getKey()) + ":");
            collect(value, indent + "  ", lines);
          } else {
            String text = value.isArray() ? value.toString() : cell(member.getKey(), value);
            lines.add(indent + Table.plain(member.getKey()) + ": " + Table.plain(text));
          }
        });
  }

  // On the wire, members that end in "At" are seconds since the epoch, and "at" is milliseconds.
  private static String cell(String name, JsonNode value) {
    if (value.isIntegralNumber() && name.endsWith("At")) {
      return Instant.ofEpochSecond(value.longValue()).toString();
    }
    if (value.isIntegralNumber() && name.equals("at")) {
      return Instant.ofEpochMilli(value.longValue()).toString();
    }
    if (value.isIntegralNumber() && name.toLowerCase(Locale.ROOT).endsWith("bytes")) {
      return Sizes.bytes(value.longValue());
    }
    return value.isMissingNode() || value.isNull() ? "-" : value.asText();
  }

  private static String heading(String member) {
    StringBuilder heading = new StringBuilder();
    member
        .chars()
        .forEach(c -> heading.append(Character.isUpperCase(c) ? " " : "").append((char) c));
    return heading.toString().toUpperCase(Locale.ROOT);
  }
}
