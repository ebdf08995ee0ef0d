package dev.strongroom.keyservice.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.ErasureStore;
import dev.strongroom.keyservice.catalog.SqlCatalog;
import dev.strongroom.keyservice.kms.DataKeys;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.lease.LeaseEnder;
import dev.strongroom.keyservice.lease.RevocationFlow;
import dev.strongroom.keyservice.ledger.FailingLedger;
import dev.strongroom.keyservice.ledger.Fixture;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.publish.AuditLogHistory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log says what was erased before anything is, and names what was published meanwhile. */
@Timeout(60)
class DataKeyEraserTest {
  private static final ModelVersion TARGET = ModelVersion.parse("acme/chat:1");
  private static final Sha256Digest MANIFEST = Sha256Digest.of(new byte[] {1});

  private static final String NO_SCRUB =
      "CREATE TRIGGER no_scrub BEFORE INSERT ON scrubbed BEGIN SELECT RAISE(ABORT, 'no room'); END";

  private final DataKeyId dataKeyId = DataKeyId.random(new SecureRandom());

  /** Publishes the draft just before it is revoked. */
  private record Publishing(Ledger ledger, Runnable publish) implements Ledger {
    @Override
    public <E extends LogEvent> Committed<E> commit(Admission<E> admission) {
      return ledger.commit(view -> {
        E event = admission.admit(view);
        if (event instanceof LogEvent.RevocationAdded) {
          publish.run();
        }
        return event;
      });
    }

    @Override
    public void requireGrantable(Holding asker, Sha256Digest nonceHash) {
      ledger.requireGrantable(asker, nonceHash);
    }

    @Override
    public LedgerView view() {
      return ledger.view();
    }

    @Override
    public long durableSize() {
      return ledger.durableSize();
    }

    @Override
    public void subscribe(Listener listener) {
      ledger.subscribe(listener);
    }
  }

  @Test
  void theEntryNamesTheManifestOfWhatWasPublishedMeanwhile(@TempDir Path folder) {
    try (Fixture records = Fixture.open(folder)) {
      execute(
          records,
          "INSERT INTO drafts (id, model, version, data_key_id, last_fence, fence, jkt, subject,"
              + " state, opened_at) VALUES ('draft-00000000000000000000000000000000',"
              + " 'acme/chat', '1', ?, 0, 0, '', '', 'open', 1)",
          dataKeyId);
      execute(
          records,
          "INSERT INTO wrapped_keys VALUES (?, '', 'tink', 'keyset', '7', x'00')",
          dataKeyId);
      Ledger ledger = new Publishing(records.ledger(), () -> publish(records));
      with(
          records,
          ledger,
          eraser -> assertEquals(MANIFEST, eraser.erase(TARGET, "i|admin").manifestDigest()));
      List<LogEvent.DataKeyErased> erased = new ArrayList<>();
      new AuditLogHistory(records.log())
          .follow(
              0,
              (index, event) -> {
                if (event instanceof LogEvent.DataKeyErased entry) {
                  erased.add(entry);
                }
              });
      assertEquals(1, erased.size());
      assertEquals(MANIFEST, erased.getFirst().manifestDigest());
    }
  }

  /** A restart would not know of an entry that a hung disk has not taken yet. */
  @Test
  void whatTheLogHasNotConfirmedIsNotDeletedWhenAskedAgain(@TempDir Path folder) {
    try (Fixture records = Fixture.open(folder)) {
      publish(records, "1", dataKeyId);
      FailingLedger ledger = new FailingLedger(records.ledger());
      ledger.hangAfter(LogEvent.DataKeyErased.class);
      with(
          records,
          ledger,
          eraser -> {
            assertUnconfirmed(eraser);
            assertTrue(ledger.view().erasedKeys().containsKey(TARGET), "it was admitted");
            assertUnconfirmed(eraser);
            eraser.completeAll();
            assertEquals(Set.of(dataKeyId), wrapped(records), "and nothing is deleted");
            ledger.heal();
            assertEquals(dataKeyId, eraser.erase(TARGET, "i|admin").dataKeyId());
            assertEquals(Set.of(), wrapped(records));
          });
    }
  }

  @Test
  void noOtherErasureCompletesWhatTheLogHasNotConfirmed(@TempDir Path folder) {
    try (Fixture records = Fixture.open(folder)) {
      publish(records, "1", dataKeyId);
      DataKeyId other = DataKeyId.random(new SecureRandom());
      publish(records, "2", other);
      FailingLedger ledger = new FailingLedger(records.ledger());
      with(
          records,
          ledger,
          eraser -> {
            ModelVersion second = ModelVersion.parse("acme/chat:2");
            assertEquals(other, eraser.erase(second, "i|admin").dataKeyId());
            ledger.hangAfter(LogEvent.DataKeyErased.class);
            assertUnconfirmed(eraser);
            execute(records, "DELETE FROM scrubbed WHERE data_key_id = ?", other);
            assertEquals(other, eraser.erase(second, "i|admin").dataKeyId());
            assertEquals(Set.of(dataKeyId), wrapped(records));
          });
    }
  }

  /** The rows know where the entry stands, as the log does. */
  @Test
  void anErasureOfBeforeTheStartIsConfirmed(@TempDir Path folder) throws Exception {
    try (Fixture records = Fixture.open(folder)) {
      publish(records, "1", dataKeyId);
      with(
          records,
          records.ledger(),
          eraser -> assertEquals(dataKeyId, eraser.erase(TARGET, "i|admin").dataKeyId()));
      assertTrue(records.ledger().awaitRows(Duration.ofSeconds(30)));
    }
    try (Fixture records = Fixture.open(folder)) {
      LedgerView.KeyErasure erasure =
          Objects.requireNonNull(records.ledger().view().erasedKeys().get(TARGET));
      assertEquals(records.ledger().durableSize() - 1, erasure.index(), "it is the last entry");
      with(
          records,
          records.ledger(),
          eraser -> assertEquals(dataKeyId, eraser.erase(TARGET, "i|admin").dataKeyId()));
    }
  }

  /** As with a disk without room, which the operator sees to later. */
  @Test
  void aStoreThatCannotBeWrittenAnewStopsNoStartAndIsTriedAgain(@TempDir Path folder) {
    try (Fixture records = Fixture.open(folder)) {
      publish(records, "1", dataKeyId);
      records.store().jdbi().useHandle(on -> on.execute(NO_SCRUB));
      with(
          records,
          records.ledger(),
          eraser -> {
            Problem refused = assertThrows(Problem.class, () -> eraser.erase(TARGET, "i|admin"));
            assertEquals(ProblemCode.STORE_UNAVAILABLE, refused.code());
            assertTrue(
                String.valueOf(refused.getMessage()).startsWith("what was erased is deleted"),
                refused.getMessage());
            assertEquals(Set.of(), wrapped(records));
          });
    }
    try (Fixture records = Fixture.open(folder)) {
      with(
          records,
          records.ledger(),
          eraser -> {
            eraser.completeAll();
            assertEquals(1, eraser.unscrubbed());
            records.store().jdbi().useHandle(on -> on.execute("DROP TRIGGER no_scrub"));
            while (eraser.unscrubbed() > 0) {
              Thread.onSpinWait();
            }
            assertEquals(Set.of(dataKeyId), new ErasureStore(records.store().jdbi()).scrubbed());
          });
    }
  }

  private static void assertUnconfirmed(DataKeyEraser eraser) {
    assertEquals(
        ProblemCode.LOG_UNAVAILABLE,
        assertThrows(Problem.class, () -> eraser.erase(TARGET, "i|admin")).code());
  }

  private static void with(Fixture records, Ledger ledger, Consumer<DataKeyEraser> work) {
    InstantSource clock = InstantSource.system();
    try (LeaseEnder ender = new LeaseEnder(ledger, clock);
        KeyWrapper kek = TinkKeyWrapper.open(records.folder().resolve("kek.json"), true)) {
      DataKeys dataKeys = DataKeys.of(kek);
      try (DataKeyEraser eraser =
          new DataKeyEraser(
              records.store(),
              new SqlCatalog(records.store().jdbi(), 1 << 20),
              dataKeys,
              ledger,
              new RevocationFlow(ledger, ender, dataKeys, clock, new SecureRandom()),
              clock,
              Duration.ofMillis(5))) {
        work.accept(eraser);
      }
    }
  }

  private static Set<DataKeyId> wrapped(Fixture records) {
    return records
        .store()
        .jdbi()
        .withHandle(on ->
            on.createQuery("SELECT data_key_id FROM wrapped_keys")
                .map((row, context) -> new DataKeyId(row.getString(1)))
                .set());
  }

  private void publish(Fixture records) {
    execute(records, "DELETE FROM drafts WHERE data_key_id = ?", dataKeyId);
    execute(records, "DELETE FROM wrapped_keys WHERE data_key_id = ?", dataKeyId);
    publish(records, "1", dataKeyId);
  }

  private static void publish(Fixture records, String version, DataKeyId id) {
    execute(
        records,
        "INSERT INTO versions (model, version, draft, jkt, data_key_id, manifest_digest,"
            + " envelope, published_at, visible) VALUES ('acme/chat', '"
            + version
            + "', 'draft-"
            + version
            + "', '', ?, '"
            + MANIFEST.hex()
            + "', x'00', 1, 1)",
        id);
    execute(
        records,
        "INSERT INTO wrapped_keys VALUES (?, '"
            + MANIFEST.hex()
            + "', 'tink', 'keyset', '7', x'00')",
        id);
  }

  private static void execute(Fixture records, String sql, DataKeyId id) {
    records.store().jdbi().useHandle(on -> on.execute(sql, id.value()));
  }
}
