package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** What a line of the service's log looks like to a machine. */
final class LogLinesTest {
  private static LoggingEvent event(String message, @Nullable Throwable cause) {
    LoggerContext context = new LoggerContext();
    LoggingEvent event =
        new LoggingEvent("test", context.getLogger("a.b"), Level.WARN, message, cause, null);
    event.setInstant(Instant.parse("2026-06-01T12:00:00.123456Z"));
    return event;
  }

  private static JsonNode line(LoggingEvent event) throws IOException {
    String line = new String(new LogLines().encode(event), StandardCharsets.UTF_8);
    assertTrue(line.endsWith("}\n"), line);
    assertEquals(1, line.lines().count(), line);
    return StrictJson.mapper().readTree(line);
  }

  @Test
  void isFlat() throws Exception {
    LoggingEvent event = event("two\nlines", null);
    event.addKeyValuePair(new KeyValuePair("port", 8443));
    event.addKeyValuePair(new KeyValuePair("entries", 5L));
    event.addKeyValuePair(new KeyValuePair("aesGcm", true));
    event.addKeyValuePair(new KeyValuePair("code", "log-io-failed"));
    event.addKeyValuePair(new KeyValuePair("absent", null));
    event.addKeyValuePair(new KeyValuePair("level", "mine"));
    assertEquals(
        "{\"at\":\"2026-06-01T12:00:00.123Z\",\"level\":\"warn\",\"message\":\"two\\nlines\","
            + "\"port\":8443,\"entries\":5,\"aesGcm\":true,\"code\":\"log-io-failed\","
            + "\"absent\":null,\"level_\":\"mine\",\"logger\":\"a.b\"}",
        line(event).toString());
    assertFalse(line(event).has("exception"));
  }

  @Test
  void holdsWhatWasThrown() throws Exception {
    JsonNode line =
        line(event("it failed", new IllegalStateException("outer", new IOException("inner"))));
    String exception = line.path("exception").asText();
    assertTrue(exception.contains("IllegalStateException: outer"), exception);
    assertTrue(exception.contains("IOException: inner"), exception);
  }
}
