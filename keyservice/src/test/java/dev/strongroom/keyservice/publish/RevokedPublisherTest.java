package dev.strongroom.keyservice.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.ledger.Events;
import dev.strongroom.keyservice.policy.Refusal;
import dev.strongroom.keyservice.publish.TestPublisher.Opened;
import dev.strongroom.keyservice.publish.TestPublisher.Request;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a revocation stops, and a policy that changed in between. */
class RevokedPublisherTest extends PublishTestBase {
  private static final String POD = "3f1e0c2a-7a5e-4f5e-9a55-0b8f3f6b1c11";

  private void revoke(RevocationSelector selector) {
    RevocationId id = RevocationId.random(new SecureRandom());
    stage
        .records()
        .ledger()
        .commit(view -> new LogEvent.RevocationAdded(2, id, selector, "stolen", "i|admin"));
  }

  @Test
  void aRevokedPodGetsNoDraftKey() {
    Identity inPod =
        new Identity(
            PublishStage.ISSUER,
            "publisher",
            Map.of("kubernetes.io", Map.of("pod", Map.of("uid", POD))),
            null,
            Instant.MAX);
    Request before = publisher.request(CHAT);
    flow().open(before.verified(), inPod, TestPublisher.PEER);
    revoke(new RevocationSelector(null, null, POD, null, null, null));
    Request after = publisher.request(CHAT);
    assertEquals(
        ProblemCode.REVOKED,
        refusal(() -> flow().open(after.verified(), inPod, TestPublisher.PEER)));
    assertEquals(1, stage.log(LogEvent.DraftKeyReleased.class).size());
    // Another pod of this publisher is not revoked.
    publisher.open(flow(), CHAT);
  }

  @Test
  void aRevokedPublisherTouchesItsDraftNoMore() {
    Opened draft = publisher.open(flow(), CHAT);
    String object = publisher.begin(flow(), draft, 10).objectName();
    revoke(new RevocationSelector(null, "https://issuer.test|publisher", null, null, null, null));
    assertEquals(ProblemCode.REVOKED, refusal(() -> publisher.begin(flow(), draft, 10)));
    assertEquals(
        ProblemCode.REVOKED,
        refusal(() ->
            flow()
                .partUrls(
                    draft.caller(),
                    draft.id(),
                    object,
                    new Upload.PartsWanted(draft.fence(), 1, 1))));
    assertEquals(
        ProblemCode.REVOKED,
        refusal(() ->
            flow()
                .completeObject(
                    draft.caller(),
                    draft.id(),
                    object,
                    new Upload.Complete(draft.fence(), List.of(new Upload.Part(1, "\"etag\""))))));
    assertEquals(
        ProblemCode.REVOKED,
        refusal(() -> flow().abandonObject(draft.caller(), draft.id(), object)));
    assertEquals(
        ProblemCode.REVOKED,
        refusal(() -> flow().abandonDraft(draft.caller(), draft.id(), TestPublisher.PEER)));
    assertEquals(List.of(), stage.log(LogEvent.DraftAbandoned.class));
    List<LogEvent.RequestDenied> denied = stage.log(LogEvent.RequestDenied.class);
    assertEquals(5, denied.size(), "each call is in the log");
    for (LogEvent.RequestDenied each : denied) {
      assertEquals("revoked", each.code());
      assertEquals("publish", each.action());
      assertEquals("https://issuer.test|publisher", each.subject());
      assertEquals(draft.caller().jkt(), each.jkt());
      assertEquals(CHAT.version(), each.version());
      assertTrue(stage.explanations().containsKey(each.explanation()));
    }
    assertEquals(draft.id(), colleague.open(flow(), CHAT).id());
  }

  /** Before its large bodies are read, that is. */
  @Test
  void aRevokedPublisherIsRefusedByTheHeadersAlone() {
    Opened draft = publisher.open(flow(), CHAT);
    flow().requireWriter(draft.caller(), draft.id());
    revoke(new RevocationSelector(null, "https://issuer.test|publisher", null, null, null, null));
    assertEquals(
        ProblemCode.REVOKED, refusal(() -> flow().requireWriter(draft.caller(), draft.id())));
    assertEquals(1, stage.log(LogEvent.RequestDenied.class).size());
  }

  @Test
  void aRevokedPublisherDoesNotFillTheLog() {
    Opened draft = publisher.open(flow(), CHAT);
    revoke(new RevocationSelector(null, "https://issuer.test|publisher", null, null, null, null));
    int calls = 100;
    for (int i = 0; i < calls; i++) {
      assertEquals(ProblemCode.REVOKED, refusal(() -> publisher.begin(flow(), draft, 10)));
    }
    requireBounded(calls, "revoked");
  }

  @Test
  void whoMayNotPublishDoesNotFillTheLog() {
    TestPublisher stranger = new TestPublisher("stranger");
    int calls = 100;
    for (int i = 0; i < calls; i++) {
      Request request = stranger.request(CHAT);
      RuntimeException refused =
          assertThrows(
              RuntimeException.class,
              () -> flow().open(request.verified(), stranger.identity(), TestPublisher.PEER));
      ProblemCode code =
          refused instanceof Refusal byPolicy ? byPolicy.code() : ((Problem) refused).code();
      assertEquals(ProblemCode.ACCESS_DENIED, code);
    }
    requireBounded(calls, "access-denied");
    stranger.close();
  }

  private void requireBounded(long calls, String code) {
    long recorded = stage.log(LogEvent.RequestDenied.class).size();
    assertTrue(recorded >= PublishStage.REFUSALS && recorded < calls, "recorded " + recorded);
    assertEquals(recorded, stage.explanations().size());
    assertEquals(Map.of(code, calls - recorded), stage.summary().take().orElseThrow().counts());
  }

  @Test
  void nothingIsAbandonedUnderAPolicyThatIsNoMoreInForce() {
    Opened draft = publisher.open(flow(), CHAT);
    stage
        .records()
        .ledger()
        .commit(view -> LogEvent.PolicyApplied.ofFile(3, Events.digest("another")));
    assertEquals(
        ProblemCode.POLICY_CHANGED,
        refusal(() -> flow().abandonDraft(draft.caller(), draft.id(), TestPublisher.PEER)));
    assertEquals(List.of(), stage.log(LogEvent.DraftAbandoned.class));
    // It is open still, not half abandoned.
    assertEquals(1, publisher.begin(flow(), draft, 10).partCount());
  }
}
