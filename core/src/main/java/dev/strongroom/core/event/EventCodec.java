package dev.strongroom.core.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The one spelling of an event as a leaf of the log: canonical JSON (RFC 8785) with the members
 * {@code format} and {@code event} beside the fields of the record.
 */
public final class EventCodec {
  /** The value of the member {@code format}. */
  public static final String FORMAT = "strongroom-event/v1";

  /** The largest leaf, in bytes: its length is a uint16 in the entry bundle of the log. */
  public static final int MAX_BYTES = 65_535;

  private static final String FORMAT_MEMBER = "format";
  private static final ObjectWriter WRITER = StrictJson.mapper().writerFor(LogEvent.class);

  /** The components of each kind of event that must be there. */
  private static final ClassValue<RecordComponent[]> REQUIRED =
      new ClassValue<>() {
        @Override
        protected RecordComponent[] computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents())
              .filter(part -> !part.getType().isPrimitive())
              .filter(part -> !part.getAnnotatedType().isAnnotationPresent(Nullable.class))
              .toArray(RecordComponent[]::new);
        }
      };

  private EventCodec() {}

  /**
   * The leaf of an event.
   *
   * @throws Problem {@link ProblemCode#TOO_LARGE} when it has more than {@value #MAX_BYTES} bytes
   */
  public static byte[] write(LogEvent event) {
    byte[] leaf = CanonicalJson.write(tree(event).put(FORMAT_MEMBER, FORMAT));
    if (leaf.length > MAX_BYTES) {
      throw new Problem(
          ProblemCode.TOO_LARGE,
          "an event has at most " + MAX_BYTES + " bytes in the log; shorten its texts");
    }
    return leaf;
  }

  private static ObjectNode tree(LogEvent event) {
    try (TokenBuffer buffer = new TokenBuffer(StrictJson.mapper(), false)) {
      WRITER.writeValue(buffer, event);
      return StrictJson.mapper().readTree(buffer.asParser());
    } catch (IOException e) {
      throw new UncheckedIOException("an event is always JSON", e);
    }
  }

  /**
   * Reads a leaf back.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the leaf is not in canonical form,
   *     or a member is missing, unknown or of another type; {@link
   *     ProblemCode#UNSUPPORTED_ALGORITHM} for another format; {@link ProblemCode#TOO_LARGE}
   */
  public static LogEvent read(byte[] leaf) {
    JsonNode tree = CanonicalJson.parseCanonical(leaf, MAX_BYTES);
    if (!(tree instanceof ObjectNode object)) {
      throw malformed(null);
    }
    JsonNode format = object.remove(FORMAT_MEMBER);
    if (format == null || !FORMAT.equals(format.textValue())) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM, "this entry does not have the format " + FORMAT);
    }
    return requireWhole(parse(object));
  }

  private static LogEvent parse(ObjectNode object) {
    try {
      return StrictJson.mapper().treeToValue(object, LogEvent.class);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        if (cause instanceof Problem problem) {
          throw problem;
        }
      }
      throw malformed(e);
    }
  }

  // A record takes null for an absent member: which may be absent stands in its type.
  private static LogEvent requireWhole(LogEvent event) {
    for (RecordComponent part : REQUIRED.get(event.getClass())) {
      try {
        if (part.getAccessor().invoke(event) == null) {
          throw malformed(null);
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("the parts of an event can be read", e);
      }
    }
    return event;
  }

  private static Problem malformed(@Nullable Exception cause) {
    String message = "the entry is no event: a member is missing, unknown or of another type";
    return cause == null
        ? new Problem(ProblemCode.MALFORMED_REQUEST, message)
        : new Problem(ProblemCode.MALFORMED_REQUEST, message, cause);
  }
}
