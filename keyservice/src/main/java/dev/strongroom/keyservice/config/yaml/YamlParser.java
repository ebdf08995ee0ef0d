package dev.strongroom.keyservice.config.yaml;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one YAML document into nodes. Refused are duplicate keys, anchors, aliases, tags, a second
 * document, more than 24 levels and more than 1 MiB: each lets a file mean something else than what
 * a reader sees.
 */
final class YamlParser {
  static final int MAX_CHARS = 1 << 20;
  private static final int MAX_DEPTH = 24;

  private static final YAMLFactory FACTORY =
      YAMLFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH + 4)
                  .maxNumberLength(32)
                  .build())
          .build();

  private final YAMLParser parser;
  private final List<Fault> faults;

  private YamlParser(YAMLParser parser, List<Fault> faults) {
    this.parser = parser;
    this.faults = faults;
  }

  /** The document; null where it is not YAML at all, and then a fault has been added. */
  static @Nullable YamlNode parse(String text, List<Fault> faults) {
    if (text.length() > MAX_CHARS) {
      faults.add(new Fault(1, "", "the file is larger than 1 MiB"));
      return null;
    }
    try (YAMLParser parser = FACTORY.createParser(text)) {
      YamlParser reader = new YamlParser(parser, faults);
      if (parser.nextToken() == null) {
        faults.add(new Fault(1, "", "the file is empty"));
        return null;
      }
      YamlNode root = reader.node("", 0);
      if (parser.nextToken() != null) {
        faults.add(new Fault(reader.line(), "", "the file holds a second document; keep one"));
      }
      return root;
    } catch (JsonProcessingException e) {
      faults.add(
          new Fault(
              e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr()),
              "",
              "this is not YAML: " + firstLine(e.getOriginalMessage())));
      return null;
    } catch (IOException | RuntimeException e) {
      faults.add(
          new Fault(1, "", "this is not YAML: " + firstLine(String.valueOf(e.getMessage()))));
      return null;
    }
  }

  private YamlNode node(String path, int depth) throws IOException {
    int line = line();
    refuseReferences(path, line);
    JsonToken token = parser.currentToken();
    if (depth > MAX_DEPTH) {
      faults.add(new Fault(line, path, "more than " + MAX_DEPTH + " levels"));
      parser.skipChildren();
      return new YamlNode.Scalar(line, "", YamlNode.ScalarType.NULL);
    }
    if (token == JsonToken.START_OBJECT) {
      return mapping(path, line, depth);
    }
    if (token == JsonToken.START_ARRAY) {
      return sequence(path, line, depth);
    }
    return new YamlNode.Scalar(line, parser.getText(), scalarType(token));
  }

  private YamlNode mapping(String path, int line, int depth) throws IOException {
    LinkedHashMap<String, YamlNode.Entry> entries = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      int keyLine = line();
      String keyPath = path.isEmpty() ? key : path + "." + key;
      parser.nextToken();
      YamlNode.Entry entry = new YamlNode.Entry(keyLine, node(keyPath, depth + 1));
      if (entries.putIfAbsent(key, entry) != null) {
        faults.add(new Fault(keyLine, keyPath, "the key is there twice; keep one"));
      }
    }
    return new YamlNode.Mapping(line, entries);
  }

  private YamlNode sequence(String path, int line, int depth) throws IOException {
    List<YamlNode> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node(path + "[" + items.size() + "]", depth + 1));
    }
    return new YamlNode.Sequence(line, items);
  }

  private void refuseReferences(String path, int line) throws IOException {
    if (parser.isCurrentAlias() || parser.getObjectId() != null) {
      faults.add(new Fault(line, path, "anchors and aliases are not used here; write it out"));
    }
    Object tag = parser.getTypeId();
    if (tag != null) {
      faults.add(new Fault(line, path, "tags (!) are not used here; leave it out"));
    }
  }

  private static YamlNode.ScalarType scalarType(@Nullable JsonToken token) {
    if (token == JsonToken.VALUE_NUMBER_INT) {
      return YamlNode.ScalarType.INTEGER;
    }
    if (token == JsonToken.VALUE_NUMBER_FLOAT) {
      return YamlNode.ScalarType.FRACTION;
    }
    if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
      return YamlNode.ScalarType.BOOLEAN;
    }
    return token == JsonToken.VALUE_STRING ? YamlNode.ScalarType.TEXT : YamlNode.ScalarType.NULL;
  }

  private int line() {
    return Math.max(1, parser.currentTokenLocation().getLineNr());
  }

  private static String firstLine(String message) {
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
