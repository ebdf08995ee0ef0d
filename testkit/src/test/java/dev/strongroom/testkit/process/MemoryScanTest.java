package dev.strongroom.testkit.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryScanTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Makes bytes of a seed in memory of its own and says what it has done with them. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment held = arena.allocate(64);
        for (int i = 0; i < 64; i++) {
          held.set(ValueLayout.JAVA_BYTE, i, byteOf(Long.parseLong(arguments[0]), i));
        }
        System.out.println("held");
        System.in.read();
        held.fill((byte) 0);
        System.out.println("wiped");
        System.in.read();
      }
    }
  }

  // Byte by byte and without an array, so that only the memory of the segment ever holds them all.
  private static byte byteOf(long seed, int index) {
    long mixed = (seed + index) * 0x9E3779B97F4A7C15L;
    mixed ^= mixed >>> 29;
    return (byte) ((mixed * 0xBF58476D1CE4E5B9L) >>> 56);
  }

  private static byte[] pattern(long seed) {
    byte[] bytes = new byte[64];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = byteOf(seed, i);
    }
    return bytes;
  }

  @Test
  void findsWhatAProcessHoldsAndNothingElse() throws IOException {
    long seed = new Random().nextLong();
    try (ChildJvm child = ChildJvm.start(Holder.class, Long.toString(seed))) {
      child.awaitLine("held", LIMIT);
      MemoryScan.Result result =
          MemoryScan.of(child.pid(), List.of(pattern(seed), pattern(seed + 1_000_000)));
      assertTrue(result.scannedBytes() > 1 << 20, result::toString);
      assertTrue(result.hits().stream().anyMatch(h -> h.pattern() == 0), result::toString);
      assertTrue(result.hits().stream().noneMatch(h -> h.pattern() == 1), result::toString);
      assertEquals(
          result.hits().size(),
          result.counts().values().stream().mapToInt(Integer::intValue).sum());
    }
  }

  @Test
  void refusesPatternsThatChanceWouldMatch() {
    assertThrows(
        IllegalArgumentException.class,
        () -> MemoryScan.of(ProcessHandle.current().pid(), List.of(new byte[4])));
  }

  @Test
  void saysThatAProcessIsGone() {
    ChildJvm child = ChildJvm.start(Holder.class, "1");
    child.kill();
    byte[] pattern = HexFormat.of().parseHex("0011223344556677");
    assertThrows(IOException.class, () -> MemoryScan.of(child.pid(), List.of(pattern)));
  }
}
