package dev.strongroom.delivery.client;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream of server-sent events (WHATWG HTML, section 9.2), of which only single-line {@code data}
 * fields are used. For one reader; another thread may close it. The service sends a comment every
 * 15 seconds; a stream on which three of them fail to come is hung up on, since a peer that is gone
 * without a word would otherwise never be missed.
 */
public final class EventStream implements AutoCloseable {
  private static final int MAX_LINE = 64 << 10;
  private static final String DATA = "data:";

  private static final Duration SILENCE = Duration.ofSeconds(45);

  private final InputStream in;
  private final Duration silence;

  EventStream(InputStream in) {
    this(in, SILENCE);
  }

  EventStream(InputStream in, Duration silence) {
    this.silence = silence;
    this.in = new BufferedInputStream(in);
  }

  /**
   * Waits for the next event.
   *
   * @return its data, not verified; null when the service ended the stream
   * @throws Problem {@link ProblemCode#SERVICE_UNREACHABLE} when the connection broke or was
   *     closed, {@link ProblemCode#TOO_LARGE} for a line that is too long
   */
  public @Nullable String next() {
    try {
      while (true) {
        String line = lineInTime();
        if (line == null || line.startsWith(DATA)) {
          return line == null ? null : line.substring(DATA.length()).strip();
        }
        // Comments keep the connection open; other fields are of no use here.
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.SERVICE_UNREACHABLE, "the stream of events from the key service broke", e);
    }
  }

  private @Nullable String lineInTime() throws IOException {
    CompletableFuture<Void> alarm =
        CompletableFuture.runAsync(
            this::close,
            CompletableFuture.delayedExecutor(silence.toMillis(), TimeUnit.MILLISECONDS));
    try {
      return line();
    } finally {
      alarm.cancel(false);
    }
  }

  private @Nullable String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int c = in.read();
    if (c < 0) {
      return null;
    }
    for (; c >= 0 && c != '\n'; c = in.read()) {
      if (line.size() == MAX_LINE) {
        throw new Problem(ProblemCode.TOO_LARGE, "a line of the stream of events is too long");
      }
      line.write(c);
    }
    return line.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      // Hanging up cannot fail in a way that matters.
    }
  }
}
