package dev.strongroom.keyservice.decisions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.keyservice.config.KeyServiceConfig.DecisionsConfig;
import dev.strongroom.keyservice.grant.RefusalBudget;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.CandidatePolicy;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.store.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is denied does not decide what is remembered of the others. */
@Timeout(60)
class DecisionStoreTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final String POLICY =
      """
      format: strongroom-policy/v1
      bindings:
        - name: inference
          actions: [decrypt]
          subjects: [{issuer: "https://issuer.test", subject: chat}]
          models: [acme/*]
      evidence:
        - models: ["*"]
          allowUnattested: true
      leases:
        - models: ["*"]
          ttl: 60s
          max: 5m
      """;

  private final CompiledPolicy policy = CandidatePolicy.of(POLICY, List.of());
  @TempDir private Path folder;
  private Database database;

  @BeforeEach
  void open() {
    database = Database.open(folder.resolve("store.db"));
  }

  @AfterEach
  void close() {
    database.close();
  }

  private DecisionStore store(int keep, int burst) {
    return new DecisionStore(
        database.jdbi(),
        () -> NOW,
        new DecisionsConfig(keep, Duration.ofDays(1), 64),
        new RefusalBudget(1, burst));
  }

  private void ask(DecisionStore store, String subject, Map<String, Object> claims) {
    AccessRequest request =
        new AccessRequest(
            Action.DECRYPT,
            new Identity("https://issuer.test", subject, claims, null, Instant.MAX),
            new ModelName("acme/chat"),
            new VersionId("1"),
            new AccessRequest.Workload(
                DeliveryMode.SIDECAR,
                ExpiryMode.WIPE,
                null,
                null,
                List.of(),
                EvidenceClaims.NONE,
                NOW,
                null),
            "192.0.2.7",
            NOW);
    store.decided(request, policy.decide(request));
  }

  private static List<String> outcomes(DecisionStore store) {
    return store.list(0, 0, null, 100).stream().map(DecisionStore.Kept::outcome).toList();
  }

  @Test
  void refusalsPushNoGrantsOut() {
    DecisionStore store = store(4, 50);
    ask(store, "chat", Map.of());
    ask(store, "chat", Map.of());
    for (int i = 0; i < 9; i++) {
      ask(store, "stranger", Map.of());
    }
    store.close();
    assertEquals(List.of("allowed", "allowed", "access-denied", "access-denied"), outcomes(store));
  }

  @Test
  void oneSubjectIsRecordedWithinItsBudget() {
    DecisionStore store = store(40, 1);
    ask(store, "stranger", Map.of());
    ask(store, "other", Map.of());
    for (int i = 0; i < 20; i++) {
      ask(store, "stranger", Map.of());
    }
    store.close();
    int kept = outcomes(store).size();
    assertTrue(kept >= 2 && kept < 20, "kept " + kept);
  }

  @Test
  void aQuestionThatIsTooLongIsCountedAndNotKept() {
    DecisionStore store = store(40, 1);
    ask(store, "chat", Map.of("groups", "x".repeat(40_000)));
    ask(store, "chat", Map.of());
    store.close();
    assertEquals(List.of("allowed"), outcomes(store));
    assertEquals(1, store.dropped());
  }
}
