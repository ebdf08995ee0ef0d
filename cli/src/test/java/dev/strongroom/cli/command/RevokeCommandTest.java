package dev.strongroom.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Run;
import dev.strongroom.core.json.StrictJson;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RevokeCommandTest {
  private static final String REVOCATION = "rev-" + "0".repeat(32);
  private static final String FIRST = "lease-" + "1".repeat(32);
  private static final String SECOND = "lease-" + "2".repeat(32);
  private static final String EFFECT =
      """
      {"leases": 2, "workloads": 1, "wouldEnd": [
        {"lease": "%s", "model": "acme/chat", "version": "3", "subject": "i|chat", "chips": [],
         "expiresAt": 1800000000},
        {"lease": "%s", "model": "acme/chat", "version": "3", "subject": "i|chat", "chips": [],
         "expiresAt": 1800000000}]}\
      """
          .formatted(FIRST, SECOND);
  private static final String DONE =
      "{\"revocation\": \"%s\", \"ended\": [\"%s\", \"%s\"], \"pending\": []}"
          .formatted(REVOCATION, FIRST, SECOND);

  private final InputStream before = System.in;
  @TempDir private Path home;
  private ScriptedAnswers service;

  @BeforeEach
  void start() throws Exception {
    service = new ScriptedAnswers();
    Files.writeString(home.resolve("token"), "token-of-the-operator\n");
  }

  @AfterEach
  void stop() {
    System.setIn(before);
    service.close();
  }

  private String[] words(String... arguments) {
    List<String> all = new ArrayList<>(List.of("revoke"));
    all.addAll(List.of(arguments));
    all.addAll(
        List.of(
            "--service",
            service.origin(),
            "--ca",
            service.certificate().toString(),
            "--token-file",
            home.resolve("token").toString()));
    return all.toArray(String[]::new);
  }

  private Run revoke(String... arguments) {
    return Run.of(home, words(arguments));
  }

  private void wipes(int wiped, int unconfirmed) {
    service.next(
        "GET /v1/revocations/" + REVOCATION,
        200,
        "{\"ended\": 2, \"wiped\": %d, \"unconfirmed\": %d, \"unconfirmedLeases\": [%s]}"
            .formatted(wiped, unconfirmed, unconfirmed == 0 ? "" : '"' + SECOND + '"'));
  }

  private void willRevoke() {
    service.next("POST /v1/revocations", 200, EFFECT);
    service.next("POST /v1/revocations", 200, DONE);
  }

  private JsonNode body(int number) throws Exception {
    return StrictJson.mapper().readTree(service.bodies().get(number));
  }

  @Test
  void theEffectIsShownThenDoneThenAcknowledged() throws Exception {
    willRevoke();
    wipes(0, 0);
    wipes(1, 0);
    wipes(1, 0);
    wipes(2, 0);
    Run run = revoke("--chip", "AB".repeat(64), "--reason", "broken");
    assertEquals(0, run.exit(), run.err());
    List<String> lines = run.out().lines().toList();
    assertTrue(lines.getFirst().startsWith("2 leases would end, of 1 workload:"), run.out());
    assertTrue(run.out().contains("Revoked: " + REVOCATION), run.out());
    assertEquals(
        List.of("0 of 2 wiped.", "1 of 2 wiped.", "2 of 2 wiped."),
        lines.stream().filter(line -> line.endsWith("wiped.")).toList());
    assertEquals(true, body(0).path("dryRun").asBoolean());
    assertEquals("ab".repeat(64), body(1).at("/selector/chip").asText());
    assertEquals("broken", body(1).path("reason").asText());
    assertFalse(body(1).has("dryRun"));
  }

  @Test
  void oneThatIsNotConfirmedIsNamed() {
    willRevoke();
    wipes(1, 1);
    Run run = revoke("--tcb-below", "sev-snp:product=Milan,microcode=115", "--reason", "broken");
    assertEquals(1, run.exit(), run.err());
    assertTrue(run.out().contains("1 of 2 wiped, 1 unconfirmed."), run.out());
    assertTrue(run.out().contains("  " + SECOND), run.out());
  }

  @Test
  void aWaitThatIsOverSaysSo() {
    willRevoke();
    for (int look = 0; look < 4; look++) {
      wipes(1, 0);
    }
    Run run = revoke("--pod", "pod-1", "--reason", "a shell", "--wait", "30s");
    assertEquals(3, run.exit(), run.err());
    assertTrue(run.out().contains("The wait is over"), run.out());
  }

  @Test
  void nobodyIsWaitedForWhoIsNotMet() {
    service.next(
        "POST /v1/revocations", 200, "{\"leases\": 0, \"workloads\": 0, \"wouldEnd\": []}");
    service.next(
        "POST /v1/revocations",
        200,
        "{\"revocation\": \"%s\", \"ended\": [], \"pending\": []}".formatted(REVOCATION));
    Run run = revoke("--evidence", "tdx", "--reason", "a test");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("No live lease was met."), run.out());
  }

  @Test
  void aDryRunDoesNothing() {
    service.next("POST /v1/revocations", 200, EFFECT);
    Run run = revoke("--model", "acme/chat:3", "--dry-run");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains(SECOND), run.out());
    assertEquals(1, service.bodies().size());
  }

  @Test
  void aPersonIsAsked() {
    service.next("POST /v1/revocations", 200, EFFECT);
    System.setIn(new ByteArrayInputStream("no\n".getBytes(StandardCharsets.UTF_8)));
    Run run = Run.onTerminal(home, words("--model", "acme/chat", "--reason", "leaked"));
    assertEquals(1, run.exit(), run.err());
    assertTrue(run.out().contains("Nothing was revoked."), run.out());
    assertEquals(1, service.bodies().size());

    willRevoke();
    wipes(2, 0);
    System.setIn(new ByteArrayInputStream("yes\n".getBytes(StandardCharsets.UTF_8)));
    assertEquals(
        0, Run.onTerminal(home, words("--model", "acme/chat", "--reason", "leaked")).exit());

    willRevoke();
    wipes(2, 0);
    System.setIn(new ByteArrayInputStream(new byte[0]));
    assertEquals(
        0,
        Run.onTerminal(home, words("--model", "acme/chat", "--reason", "leaked", "--yes")).exit());
  }

  @Test
  void machinesReadEachStep() throws Exception {
    willRevoke();
    wipes(2, 0);
    Run run = revoke("--model", "acme/chat:3", "--reason", "leaked", "--json");
    assertEquals(0, run.exit(), run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals(3, lines.size(), run.out());
    assertEquals(2, StrictJson.mapper().readTree(lines.get(0)).path("leases").asInt());
    assertEquals(
        REVOCATION, StrictJson.mapper().readTree(lines.get(1)).path("revocation").asText());
    assertEquals(2, StrictJson.mapper().readTree(lines.get(2)).path("wiped").asInt());
  }

  @Test
  void aRevocationIsLookedAtAgain() {
    wipes(1, 1);
    wipes(1, 1);
    Run run = revoke("show", REVOCATION);
    assertEquals(1, run.exit(), run.err());
    assertTrue(run.out().contains("1 of 2 wiped, 1 unconfirmed."), run.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--reason|r",
        "--chip|zz|--reason|r",
        "--chip|000000000000|--reason|r",
        "--measurement|ab|--reason|r",
        "--tcb-below|sev-snp|--reason|r",
        "--tcb-below|sev-snp:product=Milan,microcode=256|--reason|r",
        "--evidence|sgx|--reason|r",
        "--image|latest|--reason|r",
        "--node|Node_1|--reason|r",
        "--workload|no-issuer|--reason|r",
        "--version|3|--reason|r",
        "--model|acme/chat:3|--version|4|--reason|r",
        "--model|acme/chat:|--reason|r",
        "--model|acme/chat",
        "--model|acme/chat|--reason|r|--wait|soon",
        "--model|acme/chat|--reason|r|--wait|-1s"
      })
  void whatMeansNobodyIsMisuse(String arguments) {
    Run run = revoke(arguments.split("\\|"));
    assertEquals(2, run.exit(), run.out() + run.err());
    assertEquals(List.of(), service.bodies());
  }
}
