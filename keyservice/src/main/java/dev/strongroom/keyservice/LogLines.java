package dev.strongroom.keyservice;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Writes one flat JSON object per line: {@code at} (ISO 8601, UTC), {@code level}, {@code message},
 * what was logged beside it by its own name, {@code logger}, and {@code exception} where there is
 * one. The names are part of what operators rely on: {@code docs/guide/operate.md}.
 */
final class LogLines extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = new byte[0];

  @Override
  public byte[] encode(ILoggingEvent event) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("at", event.getInstant().truncatedTo(ChronoUnit.MILLIS).toString());
    line.put("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
    line.put("message", event.getFormattedMessage());
    @Nullable List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(pair -> put(line, pair));
    }
    line.put("logger", event.getLoggerName());
    if (event.getThrowableProxy() != null) {
      line.put("exception", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }

  // A pair never replaces what stands there: not even when it is named as one of our own.
  private static void put(ObjectNode line, KeyValuePair pair) {
    String name = line.has(pair.key) ? pair.key + "_" : pair.key;
    switch (pair.value) {
      case null -> line.putNull(name);
      case Boolean flag -> line.put(name, flag);
      case Integer number -> line.put(name, number);
      case Long number -> line.put(name, number);
      case Object other -> line.put(name, other.toString());
    }
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
