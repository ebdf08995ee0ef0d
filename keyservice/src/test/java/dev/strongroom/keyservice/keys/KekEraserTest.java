package dev.strongroom.keyservice.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeyStatus;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.catalog.SqlCatalog;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.kms.DataKeys;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.ledger.FailingLedger;
import dev.strongroom.keyservice.ledger.Fixture;
import dev.strongroom.keyservice.publish.AuditLogHistory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No KEK ends while something may come under it, and none ends without the log knowing. */
@Timeout(60)
class KekEraserTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int VERSIONS = 5;

  @TempDir private Path folder;
  private final WrappingGate gate = new WrappingGate(Duration.ofSeconds(30), Duration.ofMillis(50));
  private final AtomicBoolean moving = new AtomicBoolean();
  private Fixture records;
  private FailingLedger ledger;
  private TinkKeyWrapper former;
  private TinkKeyWrapper next;
  private WrappedKeyStore store;

  @BeforeEach
  void open() {
    records = Fixture.open(folder);
    ledger = new FailingLedger(records.ledger());
    former = TinkKeyWrapper.open(folder.resolve("former.json"), true);
    next = TinkKeyWrapper.open(folder.resolve("next.json"), true);
    store = new WrappedKeyStore(records.store().jdbi());
  }

  @AfterEach
  void close() {
    next.close();
    former.close();
    records.close();
  }

  private static KeyRing.Member tink(KeyWrapper kek, TinkKeyWrapper file) {
    return new KeyRing.Member("tink", "tink", "keyset", kek, file::holds);
  }

  /** What the log says of KEKs that end, from an entry on. */
  private List<LogEvent> recorded(long from) {
    List<LogEvent> events = new ArrayList<>();
    new AuditLogHistory(records.log())
        .follow(
            from,
            (index, event) -> {
              if (event instanceof LogEvent.KekEraseBegun || event instanceof LogEvent.KekErased) {
                events.add(event);
              }
            });
    return events;
  }

  private List<LogEvent> recorded() {
    return recorded(0);
  }

  private KekEraser eraser(KeyRing keks) {
    return new KekEraser(
        keks, DataKeys.of(keks), gate, moving::get, store, ledger, InstantSource.system());
  }

  private static ProblemCode refusal(KekEraser eraser, KekVersion wanted) {
    return assertThrows(Problem.class, () -> eraser.erase(wanted, "i|admin")).code();
  }

  private void insert(ModelVersion target, KeyWrapper kek) {
    DataKeyId id = DataKeyId.random(RANDOM);
    Sha256Digest manifest = Sha256Digest.of(new byte[] {(byte) target.hashCode()});
    try (SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey wrapped = kek.wrap(key, new WrapContext(target, id, manifest));
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

  /**
   * A migration has wrapped all but one of its batch under what is no longer the newest version.
   */
  @Test
  void noVersionEndsWhileABatchUnderItIsOnItsWay() throws Exception {
    for (int i = 0; i < VERSIONS; i++) {
      insert(ModelVersion.parse("acme/chat:" + i), former);
    }
    CountDownLatch waiting = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger wraps = new AtomicInteger();
    KeyWrapper slow =
        new Delegate(next) {
          @Override
          public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
            WrappedKey wrapped = super.wrap(dataKey, context);
            if (wraps.incrementAndGet() == VERSIONS) {
              waiting.countDown();
              await(goOn);
            }
            return wrapped;
          }
        };
    KeyRing ring = new KeyRing(tink(slow, next), List.of(tink(former, former)));
    DataKeyMover mover =
        new DataKeyMover(
            ring,
            gate,
            store,
            new SqlCatalog(records.store().jdbi(), 1 << 20),
            ledger,
            InstantSource.system(),
            length -> {});
    KekVersion first = new KekVersion("tink", "keyset", next.status().newestVersion());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> move =
          threads.submit(() -> {
            mover.run(DataKeyMover.Kind.MIGRATE, "i|admin", change -> {});
            return null;
          });
      await(waiting);
      var _ = next.rotate();
      assertEquals(ProblemCode.KEK_IN_USE, refusal(eraser(ring), first));
      goOn.countDown();
      var _ = move.get();
    }
    assertEquals(
        List.of(new WrappedKeyStore.Count("tink", "keyset", first.version(), VERSIONS)),
        store.counts());
    for (WrappedKeyStore.Entry entry : store.after(WrappedKeyStore.START, VERSIONS)) {
      next.unwrap(entry.wrapped(), entry.context()).close();
    }
    assertEquals(List.of(), recorded());
  }

  @Test
  void nothingEndsWhileAMoveIsRunning() {
    KekVersion first = new KekVersion("tink", "keyset", next.status().newestVersion());
    var _ = next.rotate();
    KekEraser eraser = eraser(new KeyRing(tink(next, next), List.of()));
    moving.set(true);
    Problem refused = assertThrows(Problem.class, () -> eraser.erase(first, "i|admin"));
    assertEquals(ProblemCode.KEK_IN_USE, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains("being moved"));
    moving.set(false);
    var _ = eraser.erase(first, "i|admin");
    assertFalse(next.holds(first));
  }

  @Test
  void withoutALogNothingIsDestroyed() {
    KekVersion first = new KekVersion("tink", "keyset", next.status().newestVersion());
    var _ = next.rotate();
    KekEraser eraser = eraser(new KeyRing(tink(next, next), List.of(tink(former, former))));
    ledger.failFor(LogEvent.KekEraseBegun.class);
    assertEquals(ProblemCode.LOG_UNAVAILABLE, refusal(eraser, first));
    assertTrue(next.status().versions().contains(first.version()));
    assertEquals(
        ProblemCode.LOG_UNAVAILABLE, refusal(eraser, new KekVersion("tink", "keyset", "")));
    assertTrue(Files.exists(folder.resolve("former.json")));
  }

  @Test
  void whatWasDestroyedAndNotRecordedIsRecordedWhenAskedForAgain() {
    KekVersion first = new KekVersion("tink", "keyset", next.status().newestVersion());
    KekVersion whole = new KekVersion("tink", "keyset", "");
    var _ = next.rotate();
    KekEraser eraser = eraser(new KeyRing(tink(next, next), List.of(tink(former, former))));
    for (KekVersion wanted : List.of(first, whole)) {
      long from = records.ledger().durableSize();
      ledger.failFor(LogEvent.KekErased.class);
      assertEquals(ProblemCode.LOG_UNAVAILABLE, refusal(eraser, wanted));
      ledger.heal();
      KekEraser.Erased erased = eraser.erase(wanted, "i|other");
      assertTrue(erased.remains().contains("backups"), erased.remains());
      LogEvent.KekEraseBegun begun =
          assertInstanceOf(LogEvent.KekEraseBegun.class, recorded(from).getFirst());
      LogEvent.KekErased end = assertInstanceOf(LogEvent.KekErased.class, recorded(from).getLast());
      assertEquals(2, recorded(from).size());
      assertEquals("i|admin", begun.by());
      assertEquals("i|other", end.by());
      assertEquals(wanted.version(), end.kekVersion() == null ? "" : end.kekVersion());
      assertEquals(begun.kekVersion(), end.kekVersion());
      assertEquals(erased, eraser.erase(wanted, "i|third"), "it is recorded by now");
      assertEquals(2, recorded(from).size());
    }
    assertFalse(next.holds(first));
    assertFalse(Files.exists(folder.resolve("former.json")));
  }

  @Test
  void noOneIsToldThatTheLogSaysWhatItHasNotConfirmed() {
    KekVersion first = new KekVersion("tink", "keyset", next.status().newestVersion());
    var _ = next.rotate();
    KekEraser eraser = eraser(new KeyRing(tink(next, next), List.of()));
    ledger.hangAfter(LogEvent.KekErased.class);
    assertEquals(ProblemCode.LOG_UNAVAILABLE, refusal(eraser, first));
    assertFalse(next.holds(first));
    assertEquals(ProblemCode.LOG_UNAVAILABLE, refusal(eraser, first));
    ledger.heal();
    assertEquals(first, eraser.erase(first, "i|admin").wanted());
    assertEquals(2, recorded().size());
  }

  @Test
  void aKeyThatIsDisabledInItsFileIsTakenOutOfIt() throws Exception {
    String first = next.status().newestVersion();
    var _ = next.rotate();
    next.close();
    Path file = folder.resolve("next.json");
    KeysetHandle keyset =
        TinkJsonProtoKeysetFormat.parseKeyset(
            Files.readString(file), InsecureSecretKeyAccess.get());
    KeysetHandle.Builder disabled = KeysetHandle.newBuilder(keyset);
    for (int i = 0; i < disabled.size(); i++) {
      if (!keyset.getAt(i).isPrimary()) {
        disabled.getAt(i).setStatus(KeyStatus.DISABLED);
      }
    }
    Files.writeString(
        file,
        TinkJsonProtoKeysetFormat.serializeKeyset(disabled.build(), InsecureSecretKeyAccess.get()));
    next = TinkKeyWrapper.open(file, false);
    assertFalse(next.status().versions().contains(first), "it unwraps nothing");
    var _ =
        eraser(new KeyRing(tink(next, next), List.of()))
            .erase(new KekVersion("tink", "keyset", first), "i|admin");
    assertFalse(Files.readString(file).contains(first), "and its key is out");
    assertEquals(2, recorded().size());
  }

  /** As in AWS KMS, where wrapped keys do not say their version, and a rewrap changes nothing. */
  @Test
  void whereNoVersionCanBeErasedNobodyIsSentToARewrap() {
    KeyWrapper whole =
        new Delegate(next) {
          @Override
          public KekStatus status() {
            return new KekStatus("aws", "arn", "1", List.of("1"));
          }

          @Override
          public Optional<String> gone(String version) {
            throw new Problem(ProblemCode.KEK_ERASE_UNSUPPORTED, "whole ones alone");
          }
        };
    KeyRing.Member member =
        new KeyRing.Member("aws", "aws", "arn", whole, v -> v.backend().equals("aws"));
    KekEraser eraser = eraser(new KeyRing(member, List.of()));
    insert(ModelVersion.parse("acme/chat:1"), next);
    records
        .store()
        .jdbi()
        .useHandle(on ->
            on.execute(
                "UPDATE wrapped_keys SET backend = 'aws', kek_id = 'arn', kek_version = ''"));
    for (String version : List.of("1", "2")) {
      KekVersion wanted = new KekVersion("aws", "arn", version);
      assertEquals(ProblemCode.KEK_ERASE_UNSUPPORTED, refusal(eraser, wanted));
      Problem looked = assertThrows(Problem.class, () -> eraser.look(wanted));
      assertEquals(ProblemCode.KEK_ERASE_UNSUPPORTED, looked.code());
    }
    assertEquals(ProblemCode.KEK_IN_USE, refusal(eraser, new KekVersion("aws", "arn", "")));
  }

  /** As in Vault, where min_decryption_version can be lowered again. */
  @Test
  void aVersionThatIsShutOutIsDestroyedBeforeItIsRecorded() {
    AtomicBoolean trimmed = new AtomicBoolean();
    KeyWrapper counted =
        new Delegate(next) {
          @Override
          public KekStatus status() {
            return new KekStatus("vault", "transit/kek", "2", List.of("2"));
          }

          @Override
          public Optional<String> gone(String version) {
            return trimmed.get() ? Optional.of("snapshots") : Optional.empty();
          }

          @Override
          public void destroy(String version) {
            trimmed.set(true);
          }
        };
    KeyRing.Member vault =
        new KeyRing.Member(
            "vault", "vault", "transit/kek", counted, v -> v.backend().equals("vault"));
    KekEraser eraser = eraser(new KeyRing(vault, List.of()));
    KekVersion first = new KekVersion("vault", "transit/kek", "1");
    assertEquals(new KekEraser.Erased(first, "snapshots"), eraser.erase(first, "i|admin"));
    assertTrue(trimmed.get());
    assertEquals(
        ProblemCode.NOT_FOUND, refusal(eraser, new KekVersion("vault", "transit/kek", "7")));
  }

  @Test
  void aBackendThatStillHasItIsNotBelieved() {
    KekVersion first = new KekVersion("tink", "keyset", next.status().newestVersion());
    var _ = next.rotate();
    KeyWrapper lazy =
        new Delegate(next) {
          @Override
          public void destroy(String version) {}
        };
    assertEquals(
        ProblemCode.KEK_UNUSABLE, refusal(eraser(new KeyRing(tink(lazy, next), List.of())), first));
    assertEquals(1, recorded().size());
    assertInstanceOf(LogEvent.KekEraseBegun.class, recorded().getFirst());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private abstract static class Delegate implements KeyWrapper {
    private final KeyWrapper inner;

    Delegate(KeyWrapper inner) {
      this.inner = inner;
    }

    @Override
    public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
      return inner.wrap(dataKey, context);
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
      return inner.unwrap(wrapped, context);
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
    public void destroy(String version) {
      inner.destroy(version);
    }

    @Override
    public Optional<String> gone(String version) {
      return inner.gone(version);
    }

    @Override
    public void close() {}
  }
}
