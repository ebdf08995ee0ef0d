package dev.strongroom.cli.attest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Claims for people: a line each, lists and maps below their name. */
public final class ClaimLines {
  private static final String INDENT = "  ";

  private ClaimLines() {}

  /** The lines, in the order of the claims. */
  public static List<String> of(Map<String, Object> claims) {
    List<String> lines = new ArrayList<>();
    add(claims, "", lines);
    return lines;
  }

  private static void add(Map<?, ?> claims, String indent, List<String> lines) {
    int width = claims.keySet().stream().mapToInt(name -> name.toString().length()).max().orElse(0);
    claims.forEach((name, value) -> {
      String start = indent + name + " ".repeat(width - name.toString().length()) + INDENT;
      switch (value) {
        case Map<?, ?> inner -> {
          lines.add(indent + name);
          add(inner, indent + INDENT, lines);
        }
        case List<?> list when list.stream().anyMatch(Map.class::isInstance) -> {
          lines.add(indent + name);
          list.forEach(each -> {
            if (each instanceof Map<?, ?> inner) {
              add(inner, indent + INDENT, lines);
              lines.add("");
            }
          });
        }
        case List<?> list ->
            lines.add(
                start + list.stream().map(Object::toString).collect(Collectors.joining(", ")));
        default -> lines.add(start + value);
      }
    });
  }
}
