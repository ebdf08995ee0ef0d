package dev.strongroom.keyservice.config.yaml;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** A piece of a YAML file, with the line where it begins. */
public sealed interface YamlNode {
  /** Counted from 1. */
  int line();

  /** A word for messages. */
  String kind();

  /** Keys and values, in the order of the file. */
  record Mapping(int line, SequencedMap<String, Entry> entries) implements YamlNode {
    public Mapping {
      entries = new LinkedHashMap<>(entries);
    }

    /** A mapping without keys. */
    public static Mapping empty(int line) {
      return new Mapping(line, new LinkedHashMap<>(Map.of()));
    }

    @Override
    public String kind() {
      return "a mapping";
    }
  }

  /**
   * A key's value.
   *
   * @param line where the key stands
   */
  record Entry(int line, YamlNode value) {}

  /** A list. */
  record Sequence(int line, List<YamlNode> items) implements YamlNode {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list";
    }
  }

  /**
   * A single value.
   *
   * @param text as written, without quotes
   * @param type what YAML takes it for
   */
  record Scalar(int line, String text, ScalarType type) implements YamlNode {
    @Override
    public String kind() {
      return type.word;
    }
  }

  /** What YAML takes an unquoted value for. */
  enum ScalarType {
    TEXT("a text"),
    INTEGER("an integer"),
    FRACTION("a fraction"),
    BOOLEAN("true or false"),
    NULL("nothing");

    private final String word;

    ScalarType(String word) {
      this.word = word;
    }
  }
}
