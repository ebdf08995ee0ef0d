package dev.strongroom.keyservice.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.keyservice.catalog.SqlCatalog;
import dev.strongroom.keyservice.kms.DataKeys;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.lease.LeaseEnder;
import dev.strongroom.keyservice.lease.RevocationFlow;
import dev.strongroom.keyservice.ledger.Fixture;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.publish.AuditLogHistory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is published while its data key is being erased is named by the entry. */
@Timeout(60)
class DataKeyEraserTest {
  private static final ModelVersion TARGET = ModelVersion.parse("acme/chat:1");
  private static final Sha256Digest MANIFEST = Sha256Digest.of(new byte[] {1});

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
    public void requireGrantable(
        LedgerView.Holder holder, ModelVersion target, Sha256Digest nonceHash) {
      ledger.requireGrantable(holder, target, nonceHash);
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
              + " 'acme/chat', '1', ?, 0, 0, '', '', 'open', 1)");
      execute(records, "INSERT INTO wrapped_keys VALUES (?, '', 'tink', 'keyset', '7', x'00')");
      Ledger ledger = new Publishing(records.ledger(), () -> publish(records));
      InstantSource clock = InstantSource.system();
      try (LeaseEnder ender = new LeaseEnder(ledger, clock);
          KeyWrapper kek = TinkKeyWrapper.open(folder.resolve("kek.json"), true)) {
        DataKeys dataKeys = DataKeys.of(kek);
        DataKeyEraser eraser =
            new DataKeyEraser(
                records.store(),
                new SqlCatalog(records.store().jdbi(), 1 << 20),
                dataKeys,
                ledger,
                new RevocationFlow(ledger, ender, dataKeys, clock, new SecureRandom()),
                clock);
        assertEquals(MANIFEST, eraser.erase(TARGET, "i|admin").manifestDigest());
      }
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

  private void publish(Fixture records) {
    execute(records, "DELETE FROM drafts WHERE data_key_id = ?");
    execute(records, "DELETE FROM wrapped_keys WHERE data_key_id = ?");
    execute(
        records,
        "INSERT INTO versions (model, version, draft, jkt, data_key_id, manifest_digest,"
            + " envelope, published_at, visible) VALUES ('acme/chat', '1', 'draft-0', '', ?, '"
            + MANIFEST.hex()
            + "', x'00', 1, 1)");
    execute(
        records,
        "INSERT INTO wrapped_keys VALUES (?, '"
            + MANIFEST.hex()
            + "', 'tink', 'keyset', '7', x'00')");
  }

  private void execute(Fixture records, String sql) {
    records.store().jdbi().useHandle(on -> on.execute(sql, dataKeyId.value()));
  }
}
