package dev.strongroom.core.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Utf8;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Writes a tree as RFC 8785 says, and refuses what is outside the subset. */
final class CanonicalWriter {
  private static final BigInteger MAX = BigInteger.valueOf(CanonicalJson.MAX_INTEGER);

  private final StringBuilder out = new StringBuilder(256);

  private CanonicalWriter() {}

  static String write(JsonNode tree) {
    CanonicalWriter writer = new CanonicalWriter();
    writer.value(tree, 0);
    return writer.out.toString();
  }

  private void value(JsonNode node, int depth) {
    if (depth > StrictJson.MAX_DEPTH) {
      throw CanonicalJson.malformed("the JSON is nested too deeply", null);
    }
    switch (node.getNodeType()) {
      case OBJECT -> object(node, depth);
      case ARRAY -> array(node, depth);
      case STRING -> text(node.textValue());
      case BOOLEAN -> out.append(node.booleanValue());
      case NUMBER -> number(node);
      case NULL, MISSING ->
          throw CanonicalJson.malformed("null is not used here: leave the member out", null);
      case BINARY, POJO ->
          throw CanonicalJson.malformed("a value of the tree is not a JSON value", null);
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

  private void number(JsonNode node) {
    if (!node.isIntegralNumber()) {
      throw CanonicalJson.malformed("floating point is not used here: send an integer", null);
    }
    BigInteger integer = node.bigIntegerValue();
    if (integer.abs().compareTo(MAX) > 0) {
      throw CanonicalJson.malformed("an integer is beyond 2^53-1", null);
    }
    out.append(integer);
  }

  // RFC 8785, section 3.2.2.2.
  private void text(String text) {
    if (!Utf8.isEncodable(text)) {
      throw CanonicalJson.malformed("a text holds a lone surrogate; send valid Unicode", null);
    }
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      character(text.charAt(i));
    }
    out.append('"');
  }

  private void character(char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\b' -> out.append("\\b");
      case '\t' -> out.append("\\t");
      case '\n' -> out.append("\\n");
      case '\f' -> out.append("\\f");
      case '\r' -> out.append("\\r");
      default -> {
        if (c < 0x20) {
          out.append("\\u00").append(c < 0x10 ? '0' : '1').append(Character.forDigit(c & 15, 16));
        } else {
          out.append(c);
        }
      }
    }
  }
}
