package dev.strongroom.keyservice.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.store.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreFollowsLogTest {
  private static final Duration WAIT = Duration.ofSeconds(20);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theTablesEqualWhatTheLogSays(long seed) throws Exception {
    try (Fixture fixture = Fixture.open(folder);
        Database fresh = Database.open(folder.resolve("fresh.db"))) {
      int taken = EventStory.tell(fixture.ledger(), seed, 250);
      assertTrue(taken > 100, "a story that the rules refuse says little");
      assertTrue(fixture.ledger().awaitRows(WAIT));
      assertEquals(taken, LedgerRebuild.rebuild(fixture.log().reader(), fresh, Fixture.LIMITS));
      assertEquals(Optional.empty(), LedgerComparison.firstDifference(fixture.store(), fresh));
    }
  }

  @Test
  void aDifferenceIsNamed() throws Exception {
    try (Fixture fixture = Fixture.open(folder);
        Database fresh = Database.open(folder.resolve("fresh.db"))) {
      EventStory.tell(fixture.ledger(), 9, 60);
      assertTrue(fixture.ledger().awaitRows(WAIT));
      LedgerRebuild.rebuild(fixture.log().reader(), fresh, Fixture.LIMITS);
      fresh.jdbi().useHandle(handle -> handle.execute("UPDATE leases SET sequence = 99"));
      String difference = LedgerComparison.firstDifference(fixture.store(), fresh).orElseThrow();
      assertTrue(difference.startsWith("leases"), difference);
    }
  }

  @Test
  void aStoreThatIsLostOrBehindIsMadeAgainFromTheLog() throws Exception {
    Set<Object> before;
    try (Fixture fixture = Fixture.open(folder)) {
      EventStory.tell(fixture.ledger(), 5, 200);
      before = fixture.ledger().state().content();
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().contains("store.db")).toList()) {
        Files.delete(file);
      }
    }
    try (Fixture fixture = Fixture.open(folder)) {
      assertEquals(before, fixture.ledger().state().content());
    }
  }

  @Test
  void aStoreAheadOfItsLogIsRefused() {
    try (Fixture fixture = Fixture.open(folder)) {
      EventStory.tell(fixture.ledger(), 5, 20);
    }
    tamper("UPDATE projection SET next_index = next_index + 1");
    assertRefused(ProblemCode.STORE_MISMATCH);
  }

  @Test
  void aStoreOfAnotherLogIsRefused() {
    try (Fixture fixture = Fixture.open(folder)) {
      EventStory.tell(fixture.ledger(), 5, 20);
    }
    tamper("UPDATE projection SET origin = 'elsewhere'");
    assertRefused(ProblemCode.STORE_MISMATCH);
  }

  @Test
  void aStoreThatSawAnotherEntryIsRefused() {
    try (Fixture fixture = Fixture.open(folder)) {
      EventStory.tell(fixture.ledger(), 5, 20);
    }
    tamper("UPDATE projection SET last_leaf = '" + Events.digest("another") + "'");
    assertRefused(ProblemCode.STORE_MISMATCH);
  }

  private void tamper(String sql) {
    try (Database store = Database.open(folder.resolve("store.db"))) {
      store.jdbi().useHandle(handle -> handle.execute(sql));
    }
  }

  private void assertRefused(ProblemCode code) {
    var log =
        dev.strongroom.auditlog.AuditLog.open(
            dev.strongroom.auditlog.AuditLogConfig.of(folder.resolve("log")),
            dev.strongroom.auditlog.LogKeys.load(
                folder.resolve("ed25519.key"), folder.resolve("mldsa.key")),
            java.time.InstantSource.system());
    try (log;
        Database store = Database.open(folder.resolve("store.db"))) {
      Problem refused =
          assertThrows(Problem.class, () -> AppendingLedger.open(log, store, Fixture.LIMITS));
      assertEquals(code, refused.code());
    }
  }

  @Test
  @Timeout(60)
  void aStoreThatTakesNoRowsMakesTheServiceUnreadyAndLosesNothing() throws Exception {
    Set<Object> before;
    try (Fixture fixture = Fixture.open(folder)) {
      fixture
          .store()
          .jdbi()
          .useHandle(handle ->
              handle.execute(
                  "CREATE TRIGGER broken BEFORE INSERT ON leases BEGIN SELECT"
                      + " RAISE(ABORT, 'no room'); END"));
      EventStory.tell(fixture.ledger(), 5, 50);
      while (fixture.ledger().unreadiness().isEmpty()) {
        assertFalse(fixture.ledger().awaitRows(Duration.ofMillis(20)), "rows were taken");
      }
      assertEquals(
          ProblemCode.STORE_UNAVAILABLE, fixture.ledger().unreadiness().orElseThrow().code());
      fixture.store().jdbi().useHandle(handle -> handle.execute("DROP TRIGGER broken"));
      assertTrue(fixture.ledger().awaitRows(WAIT));
      EventStory.tell(fixture.ledger(), 6, 10);
      assertTrue(fixture.ledger().awaitRows(WAIT));
      assertEquals(Optional.empty(), fixture.ledger().unreadiness());
      before = fixture.ledger().state().content();
    }
    try (Fixture fixture = Fixture.open(folder)) {
      assertEquals(before, fixture.ledger().state().content());
    }
  }
}
