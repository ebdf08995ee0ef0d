package dev.strongroom.keyservice.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.catalog.SqlCatalog;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.ledger.FailingLedger;
import dev.strongroom.keyservice.ledger.Fixture;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.publish.AuditLogHistory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Every data key moves, verified and recorded; trouble loses nothing. */
@Timeout(120)
class DataKeyMoverTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int VERSIONS = 250;

  @TempDir private Path folder;
  private final Map<DataKeyId, Sha256Digest> keys = new TreeMap<>(byValue());
  private final List<LogEvent.DataKeysRewrapped> recorded = new ArrayList<>();
  private final List<LogEvent.DataKeysMigrated> migrated = new ArrayList<>();
  private MoveProgress progress = MoveProgress.BEGUN;
  private final AtomicInteger pauses = new AtomicInteger();
  private Fixture records;
  private TinkKeyWrapper kek;
  private WrappedKeyStore store;
  private final WrappingGate gate = new WrappingGate();

  private static java.util.Comparator<DataKeyId> byValue() {
    return java.util.Comparator.comparing(DataKeyId::value);
  }

  @BeforeEach
  void publish() {
    records = Fixture.open(folder);
    kek = TinkKeyWrapper.open(folder.resolve("kek.json"), true);
    store = new WrappedKeyStore(records.store().jdbi());
    for (int i = 0; i < VERSIONS; i++) {
      insert(ModelVersion.parse("acme/chat:" + i));
    }
  }

  @AfterEach
  void close() {
    records.close();
  }

  private void insert(ModelVersion target) {
    DataKeyId id = DataKeyId.random(RANDOM);
    Sha256Digest manifest =
        Sha256Digest.of(id.value().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    try (SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey wrapped = kek.wrap(key, new WrapContext(target, id, manifest));
      keys.put(id, key.use(Sha256Digest::of));
      records
          .store()
          .jdbi()
          .useHandle(on -> {
            on.execute(
                "INSERT INTO versions (model, version, draft, jkt, data_key_id, manifest_digest,"
                    + " envelope, published_at, visible) VALUES (?, ?, ?, '', ?, ?, x'00', 1, 1)",
                target.model().value(),
                target.version().value(),
                "draft-" + id.value(),
                id.value(),
                manifest.hex());
            on.execute(
                "INSERT INTO wrapped_keys VALUES (?, ?, ?, ?, ?, ?)",
                id.value(),
                manifest.hex(),
                wrapped.backend(),
                wrapped.kekId(),
                wrapped.kekVersion(),
                wrapped.ciphertext().bytes());
          });
    }
  }

  private DataKeyMover mover(KeyRing keks) {
    return mover(keks, InstantSource.system(), length -> pauses.incrementAndGet());
  }

  private DataKeyMover mover(KeyRing keks, InstantSource clock, DataKeyMover.Pause pause) {
    return new DataKeyMover(
        keks,
        gate,
        store,
        new SqlCatalog(records.store().jdbi(), 1 << 20),
        records.ledger(),
        clock,
        pause);
  }

  private static KeyRing ring(KeyWrapper backend) {
    KeyRing.Member alone =
        new KeyRing.Member(
            "tink", "tink", "keyset", backend, version -> version.backend().equals("tink"));
    return new KeyRing(alone, List.of());
  }

  private void run(KeyWrapper backend) throws InterruptedException {
    progress = MoveProgress.BEGUN;
    try {
      mover(ring(backend))
          .run(DataKeyMover.Kind.REWRAP, "i|admin", change -> progress = change.apply(progress));
    } finally {
      readLog();
    }
  }

  private void readLog() {
    recorded.clear();
    migrated.clear();
    new AuditLogHistory(records.log())
        .follow(
            0,
            (index, event) -> {
              if (event instanceof LogEvent.DataKeysRewrapped rewrapped) {
                recorded.add(rewrapped);
              } else if (event instanceof LogEvent.DataKeysMigrated migration) {
                migrated.add(migration);
              }
            });
  }

  private void assertAllUnder(String version) {
    assertEquals(
        List.of(new WrappedKeyStore.Count("tink", "keyset", version, VERSIONS)), store.counts());
    int opened = 0;
    for (WrappedKeyStore.Entry entry : store.after(WrappedKeyStore.START, VERSIONS)) {
      try (SecretBytes key = kek.unwrap(entry.wrapped(), entry.context())) {
        assertEquals(keys.get(entry.context().dataKeyId()), key.use(Sha256Digest::of));
        opened++;
      }
    }
    assertEquals(VERSIONS, opened);
  }

  @Test
  void everyKeyMovesAndIsRecorded() throws Exception {
    String newest = kek.rotate().newestVersion();
    run(kek);
    assertAllUnder(newest);
    assertEquals(
        new MoveProgress(MoveProgress.State.RUNNING, VERSIONS, VERSIONS, 0, "", ""), progress);
    assertEquals(3, recorded.size());
    assertEquals(
        List.copyOf(keys.keySet()),
        recorded.stream().flatMap(entry -> entry.dataKeys().stream()).sorted(byValue()).toList());
    assertTrue(recorded.stream().allMatch(entry -> entry.kekVersion().equals(newest)));
    run(kek);
    assertEquals(0, progress.moved(), "nothing is left to do");
    assertEquals(3, recorded.size());
  }

  @Test
  void theEntriesNameWhatTheKeysAreUnderThoughTheKekIsRotatedMeanwhile() throws Exception {
    String second = kek.rotate().newestVersion();
    AtomicInteger calls = new AtomicInteger();
    run(
        new Troubled(kek) {
          @Override
          void before() {
            if (calls.incrementAndGet() == VERSIONS / 2) {
              var _ = rotate();
            }
          }
        });
    String third = kek.status().newestVersion();
    for (WrappedKeyStore.Entry entry : store.after(WrappedKeyStore.START, VERSIONS)) {
      DataKeyId id = entry.context().dataKeyId();
      assertEquals(
          List.of(entry.wrapped().kekVersion()),
          recorded.stream()
              .filter(record -> record.dataKeys().contains(id))
              .map(LogEvent.DataKeysRewrapped::kekVersion)
              .toList());
    }
    assertEquals(
        java.util.Set.of(second, third),
        recorded.stream()
            .map(LogEvent.DataKeysRewrapped::kekVersion)
            .collect(java.util.stream.Collectors.toSet()));
  }

  @Test
  void aKeyThatIsErasedMeanwhileIsNotSaidToHaveMoved() throws Exception {
    WrappedKeyStore.Entry gone = store.after(WrappedKeyStore.START, 1).getFirst();
    kek.rotate();
    AtomicInteger calls = new AtomicInteger();
    run(
        new Troubled(kek) {
          @Override
          void before() {
            if (calls.incrementAndGet() == 1) {
              var _ =
                  records
                      .ledger()
                      .commit(view ->
                          new LogEvent.DataKeyErased(
                              1,
                              gone.context().target().model(),
                              gone.context().target().version(),
                              gone.context().dataKeyId(),
                              null,
                              "tink",
                              "keyset",
                              "1",
                              "i|admin"));
            }
          }
        });
    assertEquals(VERSIONS - 1, progress.moved());
    assertEquals(0, progress.failed());
    assertTrue(
        recorded.stream()
            .noneMatch(record -> record.dataKeys().contains(gone.context().dataKeyId())));
    assertEquals(
        gone.wrapped(), store.after(WrappedKeyStore.START, 1).getFirst().wrapped(), "left alone");
  }

  @Test
  void aMoveThatDiesHasStopped() throws Exception {
    kek.rotate();
    KeyRing.Member dying =
        new KeyRing.Member(
            "tink",
            "tink",
            "keyset",
            new Troubled(kek) {
              @Override
              void before() {
                throw new StackOverflowError("as the test wants it");
              }
            },
            version -> true);
    try (BackgroundMove move =
        new BackgroundMove(mover(new KeyRing(dying, List.of())), DataKeyMover.Kind.REWRAP)) {
      assertEquals(MoveProgress.State.RUNNING, move.begin("i|admin").state());
      while (move.progress().state() == MoveProgress.State.RUNNING) {
        Thread.onSpinWait();
      }
      assertEquals(MoveProgress.State.STOPPED, move.progress().state());
      assertEquals("internal", move.progress().stoppedBy());
    }
  }

  @Test
  void nothingIsRotatedWithoutALog() {
    FailingLedger ledger = new FailingLedger(records.ledger());
    KeyRing.Member alone = new KeyRing.Member("tink", "tink", "keyset", kek, kek::holds);
    try (KeysFlow flow = flow(new KeyRing(alone, List.of()), ledger)) {
      KekStatus before = kek.status();
      ledger.failFor(LogEvent.class);
      assertEquals(
          ProblemCode.LOG_UNAVAILABLE,
          assertThrows(Problem.class, () -> flow.rotate("i|admin")).code());
      assertEquals(before, kek.status());
    }
  }

  @Test
  void aKekThatWasRestoredFromBeforeTheStoreIsNeitherRotatedNorMovedUnder() throws Exception {
    Path file = folder.resolve("kek.json");
    byte[] backup = Files.readAllBytes(file);
    String lost = kek.rotate().newestVersion();
    run(kek);
    assertAllUnder(lost);
    Files.write(file, backup);
    try (TinkKeyWrapper restored = TinkKeyWrapper.open(file, false);
        KeysFlow flow = flow(ring(restored), records.ledger())) {
      assertEquals(store.counts(), flow.status().missing());
      for (Executable act :
          List.<Executable>of(
              () -> flow.rotate("i|admin"),
              () -> flow.rewrap("i|admin"),
              () -> flow.migrate("i|admin"),
              () -> run(restored))) {
        Problem refused = assertThrows(Problem.class, act);
        assertEquals(ProblemCode.KEK_UNUSABLE, refused.code());
        assertTrue(
            String.valueOf(refused.getMessage())
                .startsWith(VERSIONS + " data keys name version " + lost + " of the KEK keyset"),
            refused.getMessage());
      }
      assertArrayEquals(backup, Files.readAllBytes(file));
      assertEquals(MoveProgress.State.NONE, flow.status().rewrap().state());
    }
  }

  @Test
  void aVersionThatIsThereAndShutOutIsNotMissing() {
    KeyWrapper shutOut =
        new Troubled(kek) {
          @Override
          void before() {}

          @Override
          public KekStatus status() {
            return new KekStatus("tink", "keyset", "another", List.of("another"));
          }
        };
    try (KeysFlow flow = flow(ring(shutOut), records.ledger())) {
      assertEquals(List.of(), flow.status().missing());
    }
  }

  private KeysFlow flow(KeyRing keks, Ledger ledger) {
    return new KeysFlow(
        keks,
        gate,
        store,
        new SqlCatalog(records.store().jdbi(), 1 << 20),
        ledger,
        InstantSource.system());
  }

  @Test
  void aKeyThatDoesNotOpenIsLeftAndDoesNotStopTheOthers() throws Exception {
    String broken = keys.keySet().iterator().next().value();
    records
        .store()
        .jdbi()
        .useHandle(on ->
            on.execute(
                "UPDATE wrapped_keys SET ciphertext = zeroblob(65) WHERE data_key_id = ?", broken));
    kek.rotate();
    run(kek);
    assertEquals(VERSIONS - 1, progress.moved());
    assertEquals(1, progress.failed());
  }

  @Test
  void aBackendThatIsAwayForAWhileIsWaitedFor() throws Exception {
    String newest = kek.rotate().newestVersion();
    AtomicInteger calls = new AtomicInteger();
    run(
        new Troubled(kek) {
          @Override
          void before() {
            if (calls.incrementAndGet() % 50 == 0) {
              throw new Problem(ProblemCode.KEY_BACKEND_THROTTLED, "as the test wants it");
            }
          }
        });
    assertAllUnder(newest);
    assertTrue(pauses.get() > 0);
  }

  @Test
  void aBackendThatStaysAwayIsWaitedForForAnHourAndAsLongAsItAsks() throws Exception {
    KeyWrapper away =
        new Troubled(kek) {
          @Override
          void before() {
            throw new Problem(
                ProblemCode.KEY_BACKEND_UNAVAILABLE,
                "as the test wants it",
                null,
                Duration.ofSeconds(90));
          }
        };
    kek.rotate();
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    Set<Duration> lengths = ConcurrentHashMap.newKeySet();
    List<String> waitedFor = new ArrayList<>();
    DataKeyMover mover =
        mover(
            ring(away),
            now::get,
            length -> {
              lengths.add(length);
              now.updateAndGet(before -> before.plus(length));
            });
    Problem end =
        assertThrows(
            Problem.class,
            () ->
                mover.run(
                    DataKeyMover.Kind.REWRAP,
                    "i|admin",
                    change -> waitedFor.add(change.apply(progress).waitsFor())));
    assertEquals(List.of("key-backend-unavailable"), waitedFor, "said once");
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, end.code());
    assertEquals(Set.of(Duration.ofSeconds(90)), lengths, "as long as it asks for");
    Duration waited = Duration.between(Instant.EPOCH, now.get());
    assertTrue(waited.compareTo(Duration.ofHours(1)) >= 0, waited::toString);
    assertTrue(waited.compareTo(Duration.ofHours(2)) < 0, "not an hour for each key");
  }

  @Test
  void theEndOfTheServiceEndsTheWaiting() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    KeyWrapper away =
        new Troubled(kek) {
          @Override
          void before() {
            throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "as the test wants it");
          }
        };
    kek.rotate();
    DataKeyMover mover =
        mover(
            ring(away),
            InstantSource.system(),
            length -> {
              waiting.countDown();
              new CountDownLatch(1).await();
            });
    BackgroundMove move = new BackgroundMove(mover, DataKeyMover.Kind.REWRAP);
    MoveProgress _ = move.begin("i|admin");
    waiting.await();
    move.close();
    assertEquals(MoveProgress.State.STOPPED, move.progress().state());
    assertEquals("shutting-down", move.progress().stoppedBy());
  }

  @Test
  void whatStoppedGoesOnWhereItEnded() throws Exception {
    String newest = kek.rotate().newestVersion();
    AtomicInteger calls = new AtomicInteger();
    KeyWrapper ends =
        new Troubled(kek) {
          @Override
          void before() {
            if (calls.incrementAndGet() > VERSIONS / 2) {
              throw new Problem(ProblemCode.KEK_UNUSABLE, "as the test wants it");
            }
          }
        };
    assertEquals(ProblemCode.KEK_UNUSABLE, assertThrows(Problem.class, () -> run(ends)).code());
    assertEquals(100, progress.moved(), "the whole batches");
    run(kek);
    assertEquals(VERSIONS - 100, progress.moved());
    assertAllUnder(newest);
  }

  @Test
  void aNewWrappingOfAnotherKeyIsNotKept() throws Exception {
    kek.rotate();
    List<WrappedKeyStore.Count> before = store.counts();
    run(
        new Troubled(kek) {
          @Override
          void before() {}

          @Override
          public WrappedKey rewrap(WrappedKey wrapped, WrapContext context) {
            try (SecretBytes another = SecretBytes.random(32, RANDOM)) {
              return kek.wrap(another, context);
            }
          }
        });
    assertEquals(VERSIONS, progress.failed());
    assertEquals(before, store.counts());
    assertEquals(List.of(), recorded);
  }

  @Test
  void whatIsUnderAFormerKekMovesOutOfItAndNothingElse() throws Exception {
    try (TinkKeyWrapper next = TinkKeyWrapper.open(folder.resolve("next.json"), true)) {
      String before = kek.status().newestVersion();
      String newest = next.status().newestVersion();
      KeyRing ring = new KeyRing(member(next, newest), List.of(member(kek, before)));
      move(ring, DataKeyMover.Kind.REWRAP);
      assertEquals(0, progress.moved(), "a rewrap leaves what is under a former KEK");
      move(ring, DataKeyMover.Kind.MIGRATE);
      assertEquals(VERSIONS, progress.moved());
      kek = next;
      assertAllUnder(newest);
      assertEquals(3, migrated.size());
      assertTrue(
          migrated.stream()
              .allMatch(
                  entry -> entry.fromKek().equals("keyset") && entry.kekVersion().equals(newest)));
      assertEquals(
          List.copyOf(keys.keySet()),
          migrated.stream().flatMap(entry -> entry.dataKeys().stream()).sorted(byValue()).toList());
      move(ring, DataKeyMover.Kind.MIGRATE);
      assertEquals(0, progress.moved(), "nothing is left to do");
      assertEquals(3, migrated.size());
    }
  }

  @Test
  void aMigrationThatStoppedGoesOnAndWhatIsUnderNoKekIsLeft() throws Exception {
    String lost = keys.keySet().iterator().next().value();
    records
        .store()
        .jdbi()
        .useHandle(on ->
            on.execute("UPDATE wrapped_keys SET kek_id = 'lost' WHERE data_key_id = ?", lost));
    try (TinkKeyWrapper next = TinkKeyWrapper.open(folder.resolve("next.json"), true)) {
      AtomicInteger calls = new AtomicInteger();
      KeyWrapper ends =
          new Troubled(next) {
            @Override
            void before() {}

            @Override
            public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
              if (calls.incrementAndGet() > VERSIONS / 2) {
                throw new Problem(ProblemCode.KEK_UNUSABLE, "as the test wants it");
              }
              return next.wrap(dataKey, context);
            }
          };
      KeyRing.Member former = member(kek, kek.status().newestVersion());
      String newest = next.status().newestVersion();
      assertThrows(
          Problem.class,
          () ->
              move(new KeyRing(member(ends, newest), List.of(former)), DataKeyMover.Kind.MIGRATE));
      assertEquals(99, progress.moved(), "the whole batches, but for the lost one");
      move(new KeyRing(member(next, newest), List.of(former)), DataKeyMover.Kind.MIGRATE);
      assertEquals(VERSIONS - 100, progress.moved());
      assertEquals(1, progress.failed());
    }
  }

  private static KeyRing.Member member(KeyWrapper keyset, String version) {
    return new KeyRing.Member(
        "tink",
        "tink",
        "keyset",
        keyset,
        each -> each.kekId().equals("keyset") && each.version().equals(version));
  }

  private void move(KeyRing ring, DataKeyMover.Kind kind) throws InterruptedException {
    progress = MoveProgress.BEGUN;
    mover(ring).run(kind, "i|admin", change -> progress = change.apply(progress));
    readLog();
  }

  /** A backend with trouble before each rewrap. */
  private abstract static class Troubled implements KeyWrapper {
    private final KeyWrapper inner;

    Troubled(KeyWrapper inner) {
      this.inner = inner;
    }

    abstract void before();

    @Override
    public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
      return inner.wrap(dataKey, context);
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
      return inner.unwrap(wrapped, context);
    }

    @Override
    public WrappedKey rewrap(WrappedKey wrapped, WrapContext context) {
      before();
      return inner.rewrap(wrapped, context);
    }

    @Override
    public KekStatus status() {
      return inner.status();
    }

    @Override
    public KekStatus rotate() {
      return inner.rotate();
    }

    @Override
    public Optional<String> gone(String version) {
      return inner.gone(version);
    }

    @Override
    public void close() {}
  }
}
