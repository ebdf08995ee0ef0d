package dev.strongroom.delivery.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EventStreamTest {
  /** Says nothing until it is closed. */
  private static final class Silent extends InputStream {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public int read() {
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return -1;
    }

    @Override
    public int read(byte[] into, int at, int length) {
      return read();
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  @Test
  void aStreamThatFallsSilentIsHungUpOn() {
    try (EventStream stream = new EventStream(new Silent(), Duration.ofMillis(50))) {
      assertNull(stream.next());
    }
  }

  @Test
  void commentsAreNotEvents() {
    byte[] text = ": beat\n\nevent: ended\ndata: x\n\n".getBytes(StandardCharsets.UTF_8);
    try (EventStream stream =
        new EventStream(new ByteArrayInputStream(text), Duration.ofSeconds(10))) {
      assertEquals("x", stream.next());
    }
  }
}
