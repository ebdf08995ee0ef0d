package dev.strongroom.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.strongroom.core.json.StrictJson;
import java.io.PrintWriter;

/** Results: text for people, or JSON for machines, never both. */
public final class Output {
  /** The members of maps in the order of their names, so that equal results are equal texts. */
  private static final ObjectWriter WRITER =
      StrictJson.mapper().writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private final PrintWriter out;
  private final boolean json;

  public Output(PrintWriter out, boolean json) {
    this.out = out;
    this.json = json;
  }

  /** Whether machines read. */
  public boolean isJson() {
    return json;
  }

  /** A line for people; machines do not see it. */
  public void line(String text) {
    if (!json) {
      out.println(text);
    }
  }

  /** A table for people; machines do not see it. */
  public void table(Table table) {
    if (!json) {
      table.lines().forEach(out::println);
    }
  }

  /** A value for machines, in one line; people do not see it. */
  public void json(Object value) {
    if (json) {
      out.println(oneLine(value));
    }
  }

  /** A value as JSON in one line. */
  public static String oneLine(Object value) {
    try {
      return WRITER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a result is always JSON", e);
    }
  }
}
