package dev.strongroom.keyservice.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PartLayoutTest {
  private static final long LEAST = 16L << 20;
  private static final long MOST = 10_000L * (5L << 30);

  @Test
  void fitsS3WhateverTheSize() {
    Random random = new Random(42);
    for (int i = 0; i < 10_000; i++) {
      long size = 1 + (random.nextLong() >>> 1) % (1L << (1 + random.nextInt(45)));
      check(size);
    }
    for (long size : new long[] {1, LEAST, LEAST + 1, 10_000 * LEAST, 10_000 * LEAST + 1, MOST}) {
      check(size);
    }
  }

  private static void check(long size) {
    PartLayout layout = PartLayout.of(size, LEAST);
    String of = layout + " of " + size;
    assertTrue(layout.partSize() >= LEAST && layout.partSize() <= 5L << 30, of);
    assertEquals(0, layout.partSize() % (1 << 20), of);
    assertTrue(layout.partCount() >= 1 && layout.partCount() <= 10_000, of);
    assertTrue(layout.partSize() * layout.partCount() >= size, of);
    assertTrue(layout.partSize() * (layout.partCount() - 1) < size, of);
  }

  @Test
  void refusesWhatNoPartsCanHold() {
    for (long size : new long[] {MOST + 1, Long.MAX_VALUE}) {
      assertEquals(
          ProblemCode.TOO_LARGE,
          assertThrows(Problem.class, () -> PartLayout.of(size, LEAST)).code());
    }
  }

  @Test
  void refusesLimitsOutOfRange() {
    Duration life = Duration.ofMinutes(1);
    for (long least : new long[] {0, 1 << 20, (5L << 20) + 1, (5L << 30) + (1 << 20)}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new PublishLimits(life, least, 10),
          () -> "" + least);
    }
    assertThrows(IllegalArgumentException.class, () -> new PublishLimits(Duration.ZERO, LEAST, 10));
    assertThrows(IllegalArgumentException.class, () -> new PublishLimits(life, LEAST, 10_001));
    assertEquals(LEAST, PublishLimits.DEFAULT.leastPartSize());
    assertEquals(Duration.ofMinutes(15), PublishLimits.DEFAULT.urlLifetime());
    assertEquals(10_000, PublishLimits.DEFAULT.objects());
  }
}
