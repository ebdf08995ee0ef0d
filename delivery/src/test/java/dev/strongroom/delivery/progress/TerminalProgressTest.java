package dev.strongroom.delivery.progress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
  private static final long MIB = 1 << 20;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong(7);
  private final TerminalProgress progress =
      new TerminalProgress(new PrintStream(bytes, true, StandardCharsets.UTF_8), nanos::get);

  private String printed() {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    return text;
  }

  private void placeAfter(long millis, long placed) {
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
    progress.on(new DeliveryEvent.BytesPlaced(placed));
  }

  @Test
  void whatTakesLessThanASecondHasNoBar() {
    progress.on(new DeliveryEvent.Started("ACCP", "hardened", ModelVersion.parse("acme/chat:3")));
    progress.on(
        new DeliveryEvent.Granted(LeaseId.random(new SecureRandom()), false, 60, 2, 4 * MIB));
    assertTrue(printed().contains(": 2 files, 4.0 MiB"));
    placeAfter(900, 4 * MIB);
    assertEquals("", printed());
    progress.on(new DeliveryEvent.Ready(2, 4 * MIB, Duration.ofMillis(950)));
    assertEquals("Ready: 2 files, 4.0 MiB, 950 ms after the start\n", printed());
  }

  @Test
  void aLongDeliveryTellsBytesFilesAndRate() {
    progress.on(
        new DeliveryEvent.Granted(LeaseId.random(new SecureRandom()), false, 60, 2, 40 * MIB));
    printed();
    progress.on(new DeliveryEvent.FileWhole(0, 10 * MIB));
    placeAfter(2_000, 20 * MIB);
    assertEquals(
        BarLine.CLEAR
            + "Placing [===============               ] 50%  20.0 MiB of 40.0 MiB, 1 of 2 files  "
            + "10.0 MiB/s",
        printed());
    placeAfter(50, MIB);
    assertEquals("", printed(), "not more than ten times a second");
    placeAfter(51, MIB);
    assertTrue(printed().contains("22.0 MiB of 40.0 MiB"));
    progress.on(new DeliveryEvent.Failed(ProblemCode.CIPHERTEXT_CORRUPT, "no"));
    String failed = printed();
    assertEquals(BarLine.CLEAR + "ciphertext-corrupt: no\n", failed);
    assertFalse(failed.contains("\n" + BarLine.CLEAR));
  }
}
