package dev.strongroom.delivery.client;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A stream of server-sent events (WHATWG HTML, section 9.2), of which only single-line {@code data}
 * fields are used. For one reader; another thread may close it.
 */
public final class EventStream implements AutoCloseable {
  private static final int MAX_LINE = 64 << 10;
  private static final String DATA = "data:";

  private final InputStream in;

  EventStream(InputStream in) {
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
        String line = line();
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
