package dev.strongroom.core.secret;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
