package dev.strongroom.core.secret;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SecretBytesTest {

  private static byte[] sample() {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) 0x5a);
    return bytes;
  }

  @Test
  void takesTheBytesOver() {
    byte[] source = sample();
    try (SecretBytes secret = SecretBytes.takeOver(source)) {
      assertArrayEquals(new byte[32], source);
      assertEquals(32, secret.size());
      assertTrue(secret.sameAs(sample()));
      assertFalse(secret.sameAs(new byte[32]));
      assertFalse(secret.sameAs(new byte[31]));
      assertFalse(secret.toString().contains("5a"), secret.toString());
    }
  }

  @Test
  void lendsForOneCall() {
    AtomicReference<byte[]> kept = new AtomicReference<>(new byte[0]);
    try (SecretBytes secret = SecretBytes.takeOver(sample())) {
      int first =
          secret.use(bytes -> {
            kept.set(bytes);
            return (int) bytes[0];
          });
      assertEquals(0x5a, first);
      assertArrayEquals(new byte[32], kept.get());
      assertThrows(
          IllegalArgumentException.class,
          () ->
              secret.use(bytes -> {
                kept.set(bytes);
                throw new IllegalArgumentException("the caller fails");
              }));
      assertArrayEquals(new byte[32], kept.get());
      assertTrue(secret.sameAs(sample()), "what is lent is a copy");
    }
  }

  @Test
  void copiesLiveOn() {
    SecretBytes secret = SecretBytes.takeOver(sample());
    try (SecretBytes copy = secret.copy()) {
      secret.close();
      secret.close();
      assertTrue(copy.sameAs(sample()));
    }
    assertThrows(IllegalStateException.class, () -> secret.use(bytes -> 0));
    assertThrows(IllegalStateException.class, secret::heapCopy);
    assertThrows(IllegalStateException.class, secret::copy);
    assertThrows(IllegalStateException.class, () -> secret.sameAs(sample()));
  }

  /** Below, at and above the size of a slot; what a slot held is gone before somebody gets it. */
  @Test
  void memoryIsUsedAgainOnlyAfterItWasWiped() {
    for (int size : new int[] {1, 63, 64, 65, 5_000}) {
      byte[] content = new byte[size];
      Arrays.fill(content, (byte) 0x5a);
      try (SecretBytes secret = SecretBytes.takeOver(content.clone())) {
        assertTrue(secret.sameAs(content), "size " + size);
      }
    }
    MemorySegment slot = SecretSlots.take();
    slot.fill((byte) 0x5a);
    SecretSlots.giveBack(slot);
    assertArrayEquals(new byte[SecretSlots.SLOT_BYTES], slot.toArray(ValueLayout.JAVA_BYTE));
  }

  @Test
  void secretsThatLiveAtOnceDoNotShareMemory() {
    List<SecretBytes> secrets = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      byte[] content = new byte[32];
      Arrays.fill(content, (byte) i);
      secrets.add(SecretBytes.takeOver(content));
    }
    for (int i = 0; i < secrets.size(); i++) {
      byte[] content = new byte[32];
      Arrays.fill(content, (byte) i);
      assertTrue(secrets.get(i).sameAs(content), "secret " + i);
      secrets.get(i).close();
    }
  }

  @Test
  void randomSecretsDiffer() {
    SecureRandom random = new SecureRandom();
    try (SecretBytes one = SecretBytes.random(32, random);
        SecretBytes other = SecretBytes.random(32, random)) {
      assertFalse(other.use(one::sameAs));
    }
  }

  // A key read while it is wiped would encrypt under zeros.
  @Test
  void isNeverReadHalfWiped() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (int round = 0; round < 300; round++) {
        SecretBytes secret = SecretBytes.takeOver(sample());
        CountDownLatch start = new CountDownLatch(1);
        Callable<Boolean> reader =
            () -> {
              start.await();
              try {
                for (int i = 0; i < 50; i++) {
                  if (!secret.use(bytes -> Arrays.equals(bytes, sample()))) {
                    return false;
                  }
                }
              } catch (IllegalStateException closed) {
                return true;
              }
              return true;
            };
        List<Future<Boolean>> readers = new ArrayList<>();
        readers.add(threads.submit(reader));
        readers.add(threads.submit(reader));
        Future<?> closing =
            threads.submit(() -> {
              start.await();
              secret.close();
              return null;
            });
        start.countDown();
        for (Future<Boolean> result : readers) {
          assertTrue(result.get(), "round " + round);
        }
        closing.get();
      }
    }
  }
}
