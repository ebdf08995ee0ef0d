package dev.strongroom.core.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Writes a tree as RFC 8785 says, and refuses what is outside the subset. */
final class CanonicalWriter {
  private final StringBuilder out = new StringBuilder(256);

  private CanonicalWriter() {}

  static String write(JsonNode tree) {
    CanonicalWriter writer = new CanonicalWriter();
    writer.value(tree, 0);
    return writer.out.toString();
  }

  private void value(JsonNode node, int depth) {
    JsonSubset.requireDepth(depth);
    switch (node.getNodeType()) {
      case OBJECT -> object(node, depth);
      case ARRAY -> array(node, depth);
      case STRING -> text(node.textValue());
      case BOOLEAN -> out.append(node.booleanValue());
      case NUMBER -> out.append(JsonSubset.integer(node));
      case NULL, MISSING, BINARY, POJO -> throw JsonSubset.unknownValue(node);
    }
  }

  // RFC 8785, section 3.2.3: sorted by UTF-16 code units, which is the order of String.
  private void object(JsonNode node, int depth) {
    List<String> names = new ArrayList<>(node.size());
    node.fieldNames().forEachRemaining(names::add);
    names.sort(null);
    out.append('{');
    String separator = "";
    for (String name : names) {
      out.append(separator);
      text(name);
      out.append(':');
      value(node.get(name), depth + 1);
      separator = ",";
    }
    out.append('}');
  }

  private void array(JsonNode node, int depth) {
    out.append('[');
    String separator = "";
    for (JsonNode element : node) {
      out.append(separator);
      value(element, depth + 1);
      separator = ",";
    }
    out.append(']');
  }

  // RFC 8785, section 3.2.2.2.
  private void text(String text) {
    JsonSubset.requireText(text);
    out.append('"');
    int plain = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c == '"' || c == '\\') {
        out.append(text, plain, i);
        escape(c);
        plain = i + 1;
      }
    }
    out.append(text, plain, text.length()).append('"');
  }

  private void escape(char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\b' -> out.append("\\b");
      case '\t' -> out.append("\\t");
      case '\n' -> out.append("\\n");
      case '\f' -> out.append("\\f");
      case '\r' -> out.append("\\r");
      default ->
          out.append("\\u00").append(c < 0x10 ? '0' : '1').append(Character.forDigit(c & 15, 16));
    }
  }
}
