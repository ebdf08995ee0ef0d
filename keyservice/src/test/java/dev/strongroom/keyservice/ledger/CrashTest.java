package dev.strongroom.keyservice.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.store.Database;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, a real disk, and the end without a farewell. */
@Timeout(120)
class CrashTest {
  @TempDir Path folder;

  private Process writer(long seed, long fileLimit) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path", ""));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath,
            CrashingWriter.class.getName(),
            folder.toString(),
            Long.toString(seed),
            Long.toString(fileLimit))
        .redirectError(folder.resolve("writer-" + seed + ".err").toFile())
        .start();
  }

  @Test
  void everyConfirmedGrantIsInLogAndTablesAfterAKill() throws Exception {
    Set<LeaseId> confirmed = new HashSet<>();
    for (int round = 1; round <= 3; round++) {
      Process process = writer(round, 0);
      try (BufferedReader output = process.inputReader()) {
        int wanted = 150 * round;
        String line = output.readLine();
        while (line != null && wanted > 0) {
          confirmed.add(confirmedBy(line));
          wanted--;
          line = output.readLine();
        }
        assertTrue(line != null, () -> "the writer ended by itself: " + errors());
        // By its handle: destroying the Process would close its output, which still counts.
        process.toHandle().destroyForcibly();
        while (line != null) {
          if (line.length() == ("granted lease-" + "0".repeat(32)).length()) {
            confirmed.add(confirmedBy(line));
          }
          line = output.readLine();
        }
      }
      process.waitFor();
      assertInvariants(confirmed);
    }
  }

  private static LeaseId confirmedBy(String line) {
    assertTrue(line.startsWith("granted "), line);
    return new LeaseId(line.substring("granted ".length()));
  }

  private String errors() {
    StringBuilder text = new StringBuilder();
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".err")).toList()) {
        text.append(Files.readString(file));
      }
    } catch (IOException e) {
      text.append(e);
    }
    return text.toString();
  }

  private void assertInvariants(Set<LeaseId> confirmed) throws Exception {
    Path rebuilt = Files.createTempDirectory(folder, "rebuilt").resolve("store.db");
    try (Fixture fixture = Fixture.open(folder);
        Database fresh = Database.open(rebuilt)) {
      LedgerView view = fixture.ledger().view();
      List<LeaseId> lost = confirmed.stream().filter(id -> view.lease(id).isEmpty()).toList();
      assertEquals(List.of(), lost);
      LedgerRebuild.rebuild(fixture.log().reader(), fresh, Fixture.LIMITS);
      assertEquals(Optional.empty(), LedgerComparison.firstDifference(fixture.store(), fresh));
      long rows =
          fixture
              .store()
              .jdbi()
              .withHandle(handle ->
                  handle.createQuery("SELECT count(*) FROM leases").mapTo(Long.class).one());
      assertEquals(view.liveLeases().size(), rows);
    }
  }

  @Test
  void aDiskThatTakesNoMoreEndsTheGranting() throws Exception {
    Set<LeaseId> confirmed = new HashSet<>();
    List<String> refusals = new ArrayList<>();
    Process process = writer(1, 400_000);
    try (BufferedReader output = process.inputReader()) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith("granted ")) {
          // Threads print in any order: that nothing was granted after the failure shows in the
          // log, which must hold every confirmed grant.
          confirmed.add(confirmedBy(line));
        } else {
          refusals.add(line);
        }
      }
    }
    process.destroyForcibly().waitFor();
    assertEquals(16, refusals.size(), () -> refusals + errors());
    assertTrue(
        refusals.stream().allMatch(("refused " + ProblemCode.LOG_UNAVAILABLE)::equals),
        refusals::toString);
    assertTrue(confirmed.size() > 10, "it granted something before");
    assertInvariants(confirmed);
  }
}
