package dev.strongroom.cli.audit;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.cli.output.JsonTable;
import dev.strongroom.cli.output.Table;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** An entry of the log as people and machines read it. */
public final class EventText {
  private static final List<String> HEAD = List.of("format", "event", "at");

  /** What tells an entry from others of its kind, in the order of a line. */
  private static final List<String> TOLD =
      List.of(
          "lease",
          "draft",
          "revocation",
          "model",
          "version",
          "fromBackend",
          "fromKek",
          "backend",
          "kek",
          "kekVersion",
          "approvers",
          "subject",
          "by",
          "code",
          "cause");

  /** Every kind of event, in the order in which the format lists them. */
  public static final List<String> KINDS =
      Stream.of(LogEvent.class.getAnnotation(JsonSubTypes.class).value())
          .map(JsonSubTypes.Type::name)
          .toList();

  private final long index;
  private final ObjectNode event;

  /**
   * @throws Problem {@code MALFORMED_REQUEST} when the leaf is no event of this release
   */
  public EventText(long index, byte[] leaf) {
    EventCodec.read(leaf);
    JsonNode tree = CanonicalJson.parse(leaf, EventCodec.MAX_BYTES);
    this.index = index;
    this.event = (ObjectNode) tree;
  }

  /** The kind of event, such as {@code grant.issued}. */
  public String kind() {
    return event.path("event").asText();
  }

  /** One line: index, time, kind, and what tells it from others. */
  public String line() {
    StringBuilder line = new StringBuilder();
    line.append(index).append("  ").append(time()).append("  ").append(kind());
    for (String member : TOLD) {
      JsonNode value = event.path(member);
      if (value.isTextual()) {
        line.append("  ").append(member).append('=').append(Table.plain(value.asText()));
      }
    }
    return line.toString();
  }

  /** Every member, a line each. */
  public List<String> lines() {
    ObjectNode rest = event.deepCopy();
    rest.remove(HEAD);
    return Stream.concat(
            Stream.of("index: " + index, "at: " + time(), "event: " + kind()),
            JsonTable.lines(rest).stream())
        .toList();
  }

  /** The event with its index. */
  public ObjectNode json() {
    return event.deepCopy().put("index", index);
  }

  private Instant time() {
    return Instant.ofEpochMilli(event.path("at").asLong());
  }
}
