package dev.strongroom.keyservice.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.DataKeyCacheConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is held, for how long, and that nothing is left of what is not. */
@Timeout(20)
final class DataKeyCacheTest {
  private static final Duration MAX_AGE = Duration.ofMinutes(5);
  private static final ModelVersion CHAT = ModelVersion.parse("acme/chat:1");
  private static final ModelVersion OTHER = ModelVersion.parse("acme/other:1");

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
  private final Set<ModelVersion> barred = Collections.synchronizedSet(new HashSet<>());
  private final Backend backend = new Backend();
  private DataKeyCache cache;

  @BeforeEach
  void open() {
    cache = cacheOf(2);
  }

  @AfterEach
  void close() {
    cache.close();
  }

  private DataKeyCache cacheOf(int maxKeys) {
    return DataKeyCache.open(
        backend,
        new DataKeyCacheConfig(maxKeys, MAX_AGE),
        target -> !barred.contains(target),
        nanos::get,
        meters);
  }

  /** Opens a wrapping to a key that the wrapping alone decides, and remembers what it gave. */
  private static final class Backend implements KeyWrapper {
    final List<SecretBytes> given = Collections.synchronizedList(new ArrayList<>());
    volatile Runnable behaviour = () -> {};

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
      SecretBytes key = SecretBytes.takeOver(bytesOf(wrapped));
      given.add(key);
      try {
        behaviour.run();
      } catch (RuntimeException e) {
        key.close();
        throw e;
      }
      return key;
    }

    static byte[] bytesOf(WrappedKey wrapped) {
      byte[] bytes = new byte[DATA_KEY_BYTES];
      Arrays.fill(bytes, wrapped.ciphertext().bytes()[0]);
      return bytes;
    }

    @Override
    public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
      throw new AssertionError("not called");
    }

    @Override
    public KekStatus status() {
      throw new AssertionError("not called");
    }

    @Override
    public KekStatus rotate() {
      throw new AssertionError("not called");
    }

    @Override
    public void close() {
      throw new AssertionError("it is not the cache's to close");
    }
  }

  private static WrappedKey wrapped(String kekVersion, int content) {
    return new WrappedKey("vault", "transit/kek", kekVersion, Blob.of(new byte[] {(byte) content}));
  }

  private static WrapContext context(ModelVersion target) {
    return new WrapContext(
        target,
        new DataKeyId("dk-" + "0".repeat(32)),
        Sha256Digest.of(target.toString().getBytes(StandardCharsets.UTF_8)));
  }

  /** Opens, checks that the right key came, closes it, and tells where it came from. */
  private DataKeySource source(WrappedKey wrapped, WrapContext context) {
    DataKeys.Opened opened = cache.open(wrapped, context);
    try (SecretBytes key = opened.key()) {
      assertTrue(key.sameAs(Backend.bytesOf(wrapped)));
    }
    return opened.source();
  }

  private DataKeySource source(int content) {
    return source(wrapped("1", content), context(CHAT));
  }

  private static boolean isWiped(SecretBytes key) {
    try {
      Arrays.fill(key.heapCopy(), (byte) 0);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  /** Spins until it holds; the time-out of the class ends it. */
  private static void await(BooleanSupplier holds) {
    while (!holds.getAsBoolean()) {
      assertFalse(Thread.currentThread().isInterrupted(), "waited in vain");
      Thread.onSpinWait();
    }
  }

  @Test
  void aHitMakesNoCallAndGivesACopyOfItsOwn() {
    assertEquals(DataKeySource.BACKEND, source(1));
    assertEquals(DataKeySource.CACHE, source(1));
    assertEquals(DataKeySource.CACHE, source(1));
    assertEquals(1, backend.given.size());
    assertFalse(isWiped(backend.given.getFirst()), "callers close what is theirs alone");
    assertEquals(2, opened("cache"));
    assertEquals(1, opened("backend"));
    assertEquals(1, meters.get("strongroom.datakeys.cached").gauge().value());
  }

  private double opened(String source) {
    return meters.get("strongroom.datakeys.opened").tag("source", source).counter().count();
  }

  @Test
  void anotherWrappingOrContextIsAnotherEntry() {
    WrapContext chat = context(CHAT);
    cache.close();
    meters.clear();
    cache = cacheOf(100);
    List<Supplier<DataKeySource>> each =
        List.of(
            () -> source(wrapped("1", 1), chat),
            () -> source(wrapped("1", 2), chat),
            () -> source(wrapped("2", 1), chat),
            () ->
                source(
                    new WrappedKey("vault", "transit/b", "1", wrapped("1", 1).ciphertext()), chat),
            () ->
                source(
                    new WrappedKey("tink", "transit/kek", "1", wrapped("1", 1).ciphertext()), chat),
            () -> source(wrapped("1", 1), context(OTHER)),
            () -> source(wrapped("1", 1), new WrapContext(CHAT, chat.dataKeyId(), null)),
            () ->
                source(
                    wrapped("1", 1),
                    new WrapContext(
                        CHAT, new DataKeyId("dk-" + "1".repeat(32)), chat.manifestDigest())));
    for (Supplier<DataKeySource> one : each) {
      assertEquals(DataKeySource.BACKEND, one.get());
    }
    for (Supplier<DataKeySource> one : each) {
      assertEquals(DataKeySource.CACHE, one.get());
    }
  }

  @Test
  void anEntryEndsByItsAgeHoweverOftenItIsUsed() {
    assertEquals(DataKeySource.BACKEND, source(1));
    nanos.addAndGet(MAX_AGE.toNanos() - 1);
    assertEquals(DataKeySource.CACHE, source(1));
    nanos.addAndGet(1);
    assertEquals(DataKeySource.BACKEND, source(1));
    assertTrue(isWiped(backend.given.getFirst()));
    assertFalse(isWiped(backend.given.getLast()));
  }

  @Test
  void whatIsTooOldIsWipedThoughNobodyAsks() {
    assertEquals(DataKeySource.BACKEND, source(1));
    nanos.addAndGet(MAX_AGE.toNanos() - 1);
    cache.wipeExpired();
    assertFalse(isWiped(backend.given.getFirst()));
    nanos.addAndGet(1);
    await(() -> isWiped(backend.given.getFirst()));
    assertEquals(0, cache.size());
  }

  @Test
  void theLeastRecentlyUsedIsWipedForAnother() {
    assertEquals(DataKeySource.BACKEND, source(1));
    assertEquals(DataKeySource.BACKEND, source(2));
    assertEquals(DataKeySource.CACHE, source(1));
    assertEquals(DataKeySource.BACKEND, source(3));
    assertEquals(2, cache.size());
    assertTrue(isWiped(backend.given.get(1)), "the second was not used again");
    assertEquals(DataKeySource.CACHE, source(1));
    assertEquals(DataKeySource.CACHE, source(3));
    assertEquals(DataKeySource.BACKEND, source(2));
    assertTrue(isWiped(backend.given.getFirst()));
  }

  @Test
  void aFailureIsNotHeld() {
    backend.behaviour =
        () -> {
          throw new Problem(ProblemCode.KEK_UNUSABLE, "as the test wants it");
        };
    assertEquals(ProblemCode.KEK_UNUSABLE, assertThrows(Problem.class, () -> source(1)).code());
    assertEquals(0, cache.size());
    backend.behaviour = () -> {};
    assertEquals(DataKeySource.BACKEND, source(1));
    assertEquals(2, backend.given.size());
  }

  @Test
  void callersThatComeTogetherMakeOneCall() throws Exception {
    Together callers = new Together(8);
    callers.landWith(() -> {});
    List<DataKeySource> sources = new ArrayList<>();
    for (FutureTask<DataKeySource> each : callers.tasks) {
      sources.add(each.get());
    }
    assertEquals(1, backend.given.size());
    assertEquals(1, Collections.frequency(sources, DataKeySource.BACKEND));
    assertEquals(7, Collections.frequency(sources, DataKeySource.CACHE));
  }

  @Test
  void thoseWhoWaitHearOfTheFailureAndMakeNoCallsOfTheirOwn() throws Exception {
    Problem away =
        new Problem(
            ProblemCode.KEY_BACKEND_UNAVAILABLE,
            "as the test wants it",
            null,
            Duration.ofSeconds(3));
    Together callers = new Together(8);
    callers.landWith(() -> {
      throw away;
    });
    for (FutureTask<DataKeySource> each : callers.tasks) {
      assertSame(away, assertThrows(ExecutionException.class, each::get).getCause());
    }
    assertEquals(1, backend.given.size());
    assertEquals(0, cache.size());
  }

  @Test
  void theInterruptOfOneCallIsNotThatOfTheOthers() throws Exception {
    Together callers = new Together(4);
    callers.landWith(() -> {
      backend.behaviour = () -> {};
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "the service is stopping");
    });
    int failed = 0;
    for (FutureTask<DataKeySource> each : callers.tasks) {
      try {
        assertEquals(DataKeySource.BACKEND, each.get());
      } catch (ExecutionException e) {
        failed++;
      }
    }
    assertEquals(1, failed);
  }

  @Test
  void whatIsForgottenOnItsWayIsNotHeld() throws Exception {
    Together callers = new Together(3);
    cache.forget(CHAT::equals);
    callers.landWith(() -> backend.behaviour = () -> {});
    for (FutureTask<DataKeySource> each : callers.tasks) {
      assertEquals(DataKeySource.BACKEND, each.get());
    }
    assertEquals(0, cache.size());
    assertTrue(backend.given.stream().allMatch(DataKeyCacheTest::isWiped), "by those who asked");
  }

  @Test
  void whatWasErasedWhileTheBackendAnsweredIsNotHeld() {
    backend.behaviour = () -> barred.add(CHAT);
    assertEquals(DataKeySource.BACKEND, source(1));
    assertEquals(0, cache.size());
    assertTrue(isWiped(backend.given.getFirst()));
  }

  @Test
  void aVersionIsForgottenAndNoOther() {
    assertEquals(DataKeySource.BACKEND, source(wrapped("1", 1), context(CHAT)));
    assertEquals(DataKeySource.BACKEND, source(wrapped("1", 2), context(OTHER)));
    cache.forget(CHAT::equals);
    assertTrue(isWiped(backend.given.getFirst()));
    assertEquals(1, cache.size());
    assertEquals(DataKeySource.CACHE, source(wrapped("1", 2), context(OTHER)));
    assertEquals(DataKeySource.BACKEND, source(wrapped("1", 1), context(CHAT)));
  }

  @Test
  void whatWasUnderAKekVersionIsForgotten() {
    assertEquals(DataKeySource.BACKEND, source(wrapped("1", 1), context(CHAT)));
    assertEquals(DataKeySource.BACKEND, source(wrapped("2", 2), context(CHAT)));
    cache.forgetUnder(new KekVersion("vault", "transit/kek", "1")::equals);
    assertTrue(isWiped(backend.given.getFirst()));
    assertEquals(DataKeySource.CACHE, source(wrapped("2", 2), context(CHAT)));
  }

  @Test
  void afterClosingAllIsWipedAndNothingIsHeld() {
    assertEquals(DataKeySource.BACKEND, source(1));
    assertEquals(DataKeySource.BACKEND, source(2));
    cache.close();
    assertEquals(DataKeySource.BACKEND, source(1));
    assertTrue(backend.given.stream().allMatch(DataKeyCacheTest::isWiped));
    assertEquals(0, cache.size());
  }

  @Test
  void aCacheIsNoKeyWrapperThatOthersCouldBeGiven() {
    assertFalse(KeyWrapper.class.isAssignableFrom(DataKeyCache.class));
  }

  /** Callers of one entry: one is with the backend, the others wait for it. */
  private final class Together {
    final List<FutureTask<DataKeySource>> tasks = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch mayLand = new CountDownLatch(1);
    private volatile Runnable landing = () -> {};

    Together(int callers) {
      backend.behaviour =
          () -> {
            try {
              mayLand.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            landing.run();
          };
      for (int i = 0; i < callers; i++) {
        FutureTask<DataKeySource> task = new FutureTask<>(() -> source(1));
        tasks.add(task);
        threads.add(Thread.ofPlatform().start(task));
      }
      await(() -> threads.stream().allMatch(each -> each.getState() == Thread.State.WAITING));
    }

    void landWith(Runnable how) {
      landing = how;
      mayLand.countDown();
    }
  }
}
