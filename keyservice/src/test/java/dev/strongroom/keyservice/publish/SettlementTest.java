package dev.strongroom.keyservice.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.publish.TestPublisher.Opened;
import dev.strongroom.keyservice.publish.TestPublisher.Ready;
import dev.strongroom.keyservice.storage.ObjectStorage;
import dev.strongroom.keyservice.storage.s3.TestStorage;
import dev.strongroom.testkit.objectstore.S3Endpoint;
import dev.strongroom.testkit.process.FreePorts;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What happens when the process dies, or the log does not answer, between row and entry. */
class SettlementTest extends PublishTestBase {

  /** Ends the flow where it stands: nothing after it runs, as when the process dies. */
  private static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** When the ledger breaks, for events of the kinds that settle something. */
  private enum Break {
    CRASH_BEFORE,
    CRASH_AFTER,
    SILENT_AFTER,
    SILENT_BEFORE,
    FULL
  }

  private record BreakingLedger(Ledger ledger, Break how) implements Ledger {
    @Override
    public <E extends LogEvent> Committed<E> commit(Admission<E> admission) {
      boolean[] settles = {false};
      Admission<E> watched =
          view -> {
            E event = admission.admit(view);
            settles[0] =
                event instanceof LogEvent.VersionPublished
                    || event instanceof LogEvent.DraftAbandoned;
            if (settles[0] && how == Break.CRASH_BEFORE) {
              throw new Problem(ProblemCode.INTERNAL, "crash");
            }
            if (settles[0] && how == Break.SILENT_BEFORE) {
              throw new Problem(ProblemCode.LOG_UNAVAILABLE, "disk");
            }
            if (settles[0] && how == Break.FULL) {
              throw new Problem(ProblemCode.OVERLOADED, "full");
            }
            return event;
          };
      try {
        Committed<E> done = ledger.commit(watched);
        if (settles[0] && how == Break.CRASH_AFTER) {
          throw new Crash();
        }
        if (settles[0] && how == Break.SILENT_AFTER) {
          throw new Problem(ProblemCode.LOG_UNAVAILABLE, "no confirmation in time");
        }
        return done;
      } catch (Problem e) {
        if (settles[0] && how == Break.CRASH_BEFORE) {
          throw new Crash();
        }
        throw e;
      }
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
      if (how == Break.SILENT_AFTER) {
        ledger.subscribe(listener);
      }
    }
  }

  private void reopen(Optional<Break> how) {
    stage.close();
    stage =
        how.map(broken ->
                new PublishStage(
                    folder, storage, key, ledger -> new BreakingLedger(ledger, broken)))
            .orElseGet(() -> new PublishStage(folder, storage, key));
  }

  @Test
  void aCrashBeforeTheEntryLeavesTheDraftOpen() {
    reopen(Optional.of(Break.CRASH_BEFORE));
    Ready ready = publisher.ready(flow(), CHAT, key);
    assertThrows(Crash.class, () -> publisher.finalise(flow(), ready.draft(), ready.envelope()));
    assertEquals(ProblemCode.VERSION_NOT_PUBLISHED, refusal(() -> stage.catalog().published(CHAT)));
    assertEquals(1, stage.count("SELECT count(*) FROM drafts WHERE state = 'finalising'"));

    reopen(Optional.empty());
    assertEquals(1, stage.count("SELECT count(*) FROM drafts WHERE state = 'open'"));
    assertEquals(0, stage.count("SELECT count(*) FROM versions"));
    assertEquals(1, stage.count("SELECT count(*) FROM wrapped_keys"));
    publisher.finalise(flow(), ready.draft(), ready.envelope());
    assertEquals(1, stage.log(LogEvent.VersionPublished.class).size());
    assertEquals(1, stage.catalog().versionsOf(CHAT.model()).size());
  }

  @Test
  void aCrashAfterTheEntryLeavesTheVersionPublished() {
    reopen(Optional.of(Break.CRASH_AFTER));
    Ready ready = publisher.ready(flow(), CHAT, key);
    assertThrows(Crash.class, () -> publisher.finalise(flow(), ready.draft(), ready.envelope()));
    assertEquals(ProblemCode.VERSION_NOT_PUBLISHED, refusal(() -> stage.catalog().published(CHAT)));
    assertEquals(
        ProblemCode.OVERLOADED,
        refusal(() -> publisher.finalise(flow(), ready.draft(), ready.envelope())));
    assertEquals(ProblemCode.OVERLOADED, refusal(() -> colleague.open(flow(), CHAT)));

    reopen(Optional.empty());
    Upload.Published again = publisher.finalise(flow(), ready.draft(), ready.envelope());
    assertEquals(again.manifestDigest(), stage.catalog().published(CHAT).manifestDigest());
    assertEquals(1, stage.log(LogEvent.VersionPublished.class).size());
    assertEquals(0, stage.count("SELECT count(*) FROM drafts"));
  }

  @Test
  void anEntryThatIsConfirmedLateIsSettledWhenItIsDurable() {
    reopen(Optional.of(Break.SILENT_AFTER));
    Ready ready = publisher.ready(flow(), CHAT, key);
    assertEquals(
        ProblemCode.LOG_UNAVAILABLE,
        refusal(() -> publisher.finalise(flow(), ready.draft(), ready.envelope())));
    stage.awaitVisible(CHAT);
    publisher.finalise(flow(), ready.draft(), ready.envelope());
    assertEquals(1, stage.log(LogEvent.VersionPublished.class).size());
  }

  @Test
  void anEntryThatTheLogNeverTookIsWithdrawnAtOnce() {
    for (Break how : List.of(Break.FULL, Break.SILENT_BEFORE)) {
      reopen(Optional.of(how));
      Opened draft = publisher.open(flow(), CHAT);
      assertThrows(
          Problem.class, () -> flow().abandonDraft(draft.caller(), draft.id(), TestPublisher.PEER));
    }
    reopen(Optional.of(Break.FULL));
    Opened draft = publisher.open(flow(), CHAT);
    assertEquals(1, publisher.begin(flow(), draft, 10).partCount());
    assertEquals(List.of(), stage.log(LogEvent.DraftAbandoned.class));
  }

  @Test
  void aFullQueueLeavesTheDraftOpen() {
    reopen(Optional.of(Break.FULL));
    Ready ready = publisher.ready(flow(), CHAT, key);
    assertEquals(
        ProblemCode.OVERLOADED,
        refusal(() -> publisher.finalise(flow(), ready.draft(), ready.envelope())));
    assertEquals(1, stage.count("SELECT count(*) FROM drafts WHERE state = 'open'"));
    assertEquals(0, stage.count("SELECT count(*) FROM versions"));
    assertEquals(0, stage.count("SELECT count(*) FROM version_objects"));
  }

  @Test
  void anAbandonedDraftIsGoneWhereverTheProcessDied() {
    for (Break how : List.of(Break.CRASH_BEFORE, Break.CRASH_AFTER)) {
      reopen(Optional.of(how));
      Ready ready = publisher.ready(flow(), CHAT, key);
      Opened draft = ready.draft();
      assertThrows(
          Crash.class, () -> flow().abandonDraft(draft.caller(), draft.id(), TestPublisher.PEER));
      reopen(Optional.empty());
      boolean recorded = how == Break.CRASH_AFTER;
      assertEquals(recorded ? 1 : 0, stage.log(LogEvent.DraftAbandoned.class).size());
      assertEquals(recorded ? 0 : 1, stage.count("SELECT count(*) FROM drafts"));
      assertEquals(recorded, storage.head(ready.objectName()).isEmpty());
    }
  }

  @Test
  void objectsAreRemovedOnceTheStorageAnswersAgain() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    Opened draft = ready.draft();
    stage.close();
    URI nobody = URI.create("http://127.0.0.1:" + FreePorts.next());
    S3Endpoint down = new S3Endpoint(nobody, "us-east-1", "weights", "key", "secret");
    try (ObjectStorage unreachable = TestStorage.of(down, InstantSource.system())) {
      stage = new PublishStage(folder, unreachable, key);
      flow().abandonDraft(draft.caller(), draft.id(), TestPublisher.PEER);
      assertEquals(1, stage.count("SELECT count(*) FROM object_removals"));
      assertEquals(0, stage.count("SELECT count(*) FROM wrapped_keys"));
    }
    reopen(Optional.empty());
    assertEquals(0, stage.count("SELECT count(*) FROM object_removals"));
    assertEquals(Optional.empty(), storage.head(ready.objectName()));
  }
}
