package dev.strongroom.testkit.process;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The options of a small main: {@code --name value}, each name known, some of them repeatable. */
public final class CommandLine {
  private final Map<String, List<String>> values = new HashMap<>();

  /**
   * @param known the names that are understood, without their hyphens
   * @throws IllegalArgumentException for an unknown name or a name without a value
   */
  public CommandLine(List<String> arguments, Set<String> known) {
    for (int i = 0; i < arguments.size(); i += 2) {
      String name = arguments.get(i);
      if (!name.startsWith("--") || !known.contains(name.substring(2))) {
        throw new IllegalArgumentException("unknown option " + name + "; known are " + known);
      }
      if (i + 1 == arguments.size()) {
        throw new IllegalArgumentException("the option " + name + " needs a value");
      }
      values.computeIfAbsent(name.substring(2), n -> new ArrayList<>()).add(arguments.get(i + 1));
    }
  }

  /**
   * @throws IllegalArgumentException when it was not given
   */
  public String required(String name) {
    String value = optional(name);
    if (value == null) {
      throw new IllegalArgumentException("the option --" + name + " is missing");
    }
    return value;
  }

  /** The last value given, or null. */
  public @Nullable String optional(String name) {
    List<String> given = values.getOrDefault(name, List.of());
    return given.isEmpty() ? null : given.getLast();
  }

  /** The last value given, or the default. */
  public String orElse(String name, String otherwise) {
    String value = optional(name);
    return value == null ? otherwise : value;
  }

  /** All values given, in order. */
  public List<String> all(String name) {
    return List.copyOf(values.getOrDefault(name, List.of()));
  }
}
