package dev.strongroom.keyservice.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IssuerKeysTest {
  private static final TestIssuer FIRST = new TestIssuer(TokenAlgorithm.ES256, "first");
  private static final TestIssuer SECOND = new TestIssuer(TokenAlgorithm.ES256, "second");

  private final SettableClock clock = new SettableClock(Instant.ofEpochSecond(1_800_000_000L));
  private final Scripted loader = new Scripted();
  private final IssuerKeys keys =
      new IssuerKeys(loader, clock, Duration.ofSeconds(30), Duration.ofHours(24), Runnable::run);

  /** Gives what it is told to give, and counts. */
  private static final class Scripted implements JwksLoader {
    private final AtomicInteger loads = new AtomicInteger();
    private volatile @Nullable String set;

    @Override
    public Optional<byte[]> load() throws IOException {
      loads.incrementAndGet();
      String now = set;
      if (now == null) {
        throw new IOException("not reachable");
      }
      return Optional.of(now.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void forget() {
      // Always gives all.
    }

    @Override
    public Duration every() {
      return Duration.ofMinutes(10);
    }

    @Override
    public String name() {
      return "scripted";
    }
  }

  private boolean knows(String keyId) {
    return keys.find(keyId, TokenAlgorithm.ES256).isPresent();
  }

  @Test
  void anUnknownKeyLoadsAgainAtMostOnceInAWhile() {
    loader.set = FIRST.jwks();
    assertTrue(knows("first"));
    assertEquals(1, loader.loads.get());
    loader.set = SECOND.jwks();
    assertFalse(knows("second"), "the last load is not long enough ago");
    assertEquals(1, loader.loads.get());
    clock.advance(Duration.ofSeconds(30));
    assertTrue(knows("second"));
    assertFalse(knows("first"));
    assertFalse(knows("third"));
    assertEquals(2, loader.loads.get());
  }

  @Test
  void keysStayWhileTheFetchFailsUntilTheyAreTooOld() {
    loader.set = FIRST.jwks();
    assertTrue(knows("first"));
    loader.set = null;
    clock.advance(Duration.ofHours(23));
    assertTrue(knows("first"));
    clock.advance(Duration.ofHours(1));
    assertEquals(
        ProblemCode.TOKEN_KEYS_UNAVAILABLE,
        assertThrows(Problem.class, () -> knows("first")).code());
    loader.set = FIRST.jwks();
    clock.advance(Duration.ofSeconds(30));
    assertTrue(knows("first"));
  }

  @Test
  void withoutKeysTheFetchIsTriedOnceInAWhile() {
    for (int i = 0; i < 5; i++) {
      assertEquals(
          ProblemCode.TOKEN_KEYS_UNAVAILABLE, assertThrows(Problem.class, keys::current).code());
    }
    assertEquals(1, loader.loads.get());
  }

  @Test
  void aBrokenSetDoesNotReplaceAGoodOne() {
    loader.set = FIRST.jwks();
    TokenKeys good = keys.current();
    loader.set = "{}";
    clock.advance(Duration.ofMinutes(10));
    assertSame(good, keys.current());
    assertSame(good, keys.current());
    assertEquals(2, loader.loads.get());
  }

  @Test
  void theSameSetStaysTheSameObject() {
    loader.set = FIRST.jwks();
    TokenKeys before = keys.current();
    clock.advance(Duration.ofMinutes(10));
    keys.current();
    assertEquals(2, loader.loads.get());
    assertSame(before, keys.current());
  }

  @Test
  void aClockSetBackDoesNotStopTheLoads() {
    loader.set = FIRST.jwks();
    keys.current();
    clock.advance(Duration.ofDays(-1));
    loader.set = SECOND.jwks();
    assertTrue(knows("second"));
  }

  @Test
  void ofManyAtOnceOneLoads() throws InterruptedException {
    loader.set = FIRST.jwks();
    CountDownLatch start = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        var _ =
            threads.submit(() -> {
              start.await();
              return keys.current();
            });
      }
      start.countDown();
    }
    assertEquals(1, loader.loads.get());
  }

  @Test
  void aFileIsReadAgainWhenItChanges(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("jwks.json");
    Files.writeString(file, FIRST.jwks());
    FileJwksLoader files = new FileJwksLoader(file);
    assertTrue(files.load().isPresent());
    assertTrue(files.load().isEmpty());
    files.forget();
    assertTrue(files.load().isPresent());
    Files.writeString(file, SECOND.jwks() + " ");
    assertTrue(files.load().isPresent());
    Path next = folder.resolve("next.json");
    Files.writeString(next, SECOND.jwks() + " ");
    Files.setLastModifiedTime(next, Files.getLastModifiedTime(file));
    Files.move(next, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertTrue(files.load().isPresent(), "another inode of the same size and time");
    Files.delete(file);
    assertThrows(IOException.class, files::load);
  }

  static List<String> badSets() throws Exception {
    TestIssuer twin = new TestIssuer(TokenAlgorithm.ES256, "first");
    String small =
        "{\"kty\":\"RSA\",\"n\":\"" + "A".repeat(170) + "w\",\"e\":\"AQAB\",\"kid\":\"s\"}";
    return List.of(
        "",
        "[]",
        "{}",
        "{\"keys\":[]}",
        "{\"keys\":{}}",
        "{\"keys\":[1]}",
        "{\"keys\":[" + FIRST.privateJwk() + "]}",
        "{\"keys\":[" + FIRST.jwk() + "," + twin.jwk() + "]}",
        "{\"keys\":[" + small + "]}",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"x\"}]}",
        "{\"keys\":[" + FIRST.jwk().replace("\"kty\"", "\"use\":\"enc\",\"kty\"") + "]}",
        "{\"keys\":[" + FIRST.jwk().replace("\"kty\"", "\"alg\":\"ES384\",\"kty\"") + "]}",
        "{\"keys\":[" + FIRST.jwk().replace("\"kty\"", "\"key_ops\":[\"sign\"],\"kty\"") + "]}",
        "{\"keys\":[" + FIRST.jwk().replaceFirst("\"x\":\"..", "\"x\":\"AA") + "]}",
        "{\"keys\":[" + (FIRST.jwk() + ",").repeat(200) + FIRST.jwk() + "]}",
        FIRST.jwks() + " ".repeat(256 * 1024));
  }

  @ParameterizedTest
  @MethodSource("badSets")
  void setsThatCannotBeTrustedAreRefused(String set) {
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> TokenKeys.parse(set.getBytes(StandardCharsets.UTF_8)))
            .code());
  }

  @Test
  void keysOfTwoTypesMayShareAName() {
    TestIssuer rsa = new TestIssuer(TokenAlgorithm.RS256, "first");
    TokenKeys both =
        TokenKeys.parse(
            ("{\"keys\":[" + FIRST.jwk() + "," + rsa.jwk() + "]}")
                .getBytes(StandardCharsets.UTF_8));
    assertEquals(
        FIRST.pair().getPublic(), both.find("first", TokenAlgorithm.ES256).orElseThrow().key());
    assertEquals(
        rsa.pair().getPublic(), both.find("first", TokenAlgorithm.PS256).orElseThrow().key());
    assertTrue(both.find("first", TokenAlgorithm.EDDSA).isEmpty());
  }
}
