package dev.strongroom.keyservice.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.explain.ExplanationStore.Kept;
import dev.strongroom.keyservice.identity.SettableClock;
import dev.strongroom.keyservice.policy.Explanation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlExplanationStoreTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.ofEpochSecond(1_800_000_000L));
  private Jdbi jdbi;

  @BeforeEach
  void migrate() throws IOException {
    jdbi = Jdbi.create("jdbc:sqlite:" + folder.resolve("store.db") + "?busy_timeout=5000");
    try (InputStream in =
        SqlExplanationStore.class.getResourceAsStream("/db/migration/V3__explanations.sql")) {
      String script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      jdbi.useHandle(handle -> handle.createScript(script).execute());
    }
  }

  private SqlExplanationStore store(int keep, int queue) {
    return new SqlExplanationStore(jdbi, clock, keep, Duration.ofDays(30), queue);
  }

  private Kept kept(@Nullable String target) {
    return new Kept(
        ExplanationId.random(RANDOM),
        clock.instant(),
        "decrypt",
        "issuer|subject",
        target,
        ProblemCode.CONDITION_FAILED,
        new Explanation(
            "refused",
            List.of(
                new Explanation.Clause("binding 'a'", true, "", Map.of(), null),
                new Explanation.Clause(
                    "condition 'b'", false, "x == 1", Map.of("x", "2"), "x would have to be 1"))));
  }

  @Test
  void whatWasPutIsFoundAtOnceAndAfterARestart() {
    Kept kept = kept("acme/chat:3");
    Kept bare = kept(null);
    try (SqlExplanationStore store = store(100, 100)) {
      store.put(kept);
      store.put(bare);
      assertEquals(Optional.of(kept), store.find(kept.id()));
    }
    try (SqlExplanationStore store = store(100, 100)) {
      assertEquals(Optional.of(kept), store.find(kept.id()));
      assertEquals(Optional.of(bare), store.find(bare.id()));
      assertEquals(Optional.empty(), store.find(ExplanationId.random(RANDOM)));
      assertEquals(0, store.dropped());
    }
  }

  @Test
  void theOldestGoWhenThereAreTooMany() {
    List<Kept> all = new ArrayList<>();
    try (SqlExplanationStore store = store(10, 100)) {
      for (int i = 0; i < 50; i++) {
        Kept kept = kept("acme/chat:" + i);
        all.add(kept);
        store.put(kept);
      }
    }
    try (SqlExplanationStore store = store(10, 100)) {
      assertEquals(10, all.stream().filter(kept -> store.find(kept.id()).isPresent()).count());
      assertTrue(store.find(all.getLast().id()).isPresent());
      assertTrue(store.find(all.getFirst().id()).isEmpty());
    }
  }

  @Test
  void theOldAreNotFoundAndGo() {
    Kept old = kept("acme/chat:1");
    try (SqlExplanationStore store = store(10, 100)) {
      store.put(old);
    }
    clock.advance(Duration.ofDays(30).plusMillis(1));
    try (SqlExplanationStore store = store(10, 100)) {
      assertEquals(Optional.empty(), store.find(old.id()));
      store.put(kept("acme/chat:2"));
    }
    assertEquals(1L, rows());
  }

  @Test
  void aFaultOfTheDatabaseIsCountedAndNotThrown() {
    jdbi.useHandle(handle -> handle.execute("DROP TABLE explanation"));
    SqlExplanationStore store = store(10, 100);
    for (int i = 0; i < 5; i++) {
      store.put(kept("acme/chat:" + i));
    }
    store.close();
    assertEquals(5, store.dropped());
  }

  @Test
  void whatComesWhenTheQueueIsFullIsDroppedAndCounted() {
    int count = 500;
    SqlExplanationStore store = store(100_000, 1);
    // While this transaction is open the writer cannot write, so that its queue must overflow.
    jdbi.useHandle(handle -> {
      handle.execute("BEGIN IMMEDIATE");
      for (int i = 0; i < count; i++) {
        store.put(kept("acme/chat:" + i));
      }
      handle.execute("ROLLBACK");
    });
    store.close();
    assertTrue(store.dropped() >= count - 3, "dropped " + store.dropped());
    assertEquals(count, store.dropped() + rows());
  }

  @Test
  void afterTheEndNothingIsTaken() {
    SqlExplanationStore store = store(10, 10);
    store.close();
    Kept late = kept("acme/chat:1");
    store.put(late);
    assertEquals(1, store.dropped());
    assertEquals(Optional.empty(), store.find(late.id()));
  }

  private long rows() {
    return jdbi.withHandle(
        handle -> handle.createQuery("SELECT COUNT(*) FROM explanation").mapTo(Long.class).one());
  }
}
