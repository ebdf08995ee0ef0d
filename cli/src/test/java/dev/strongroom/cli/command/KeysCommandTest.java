package dev.strongroom.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.cli.Run;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysCommandTest {
  private static final String ERASED =
      """
      {"model": "acme/chat", "version": "3", "ended": ["a", "b"], "pending": [],
       "remains": ["backups of the store"]}\
      """;

  private static final String LOOK = "{\"dryRun\":true,\"model\":\"acme/chat\",\"version\":\"3\"}";

  private final InputStream before = System.in;
  @TempDir private Path home;
  private ScriptedAnswers service;

  @BeforeEach
  void start() throws Exception {
    service = new ScriptedAnswers();
    Files.writeString(home.resolve("token"), "token-of-the-administrator\n");
  }

  @AfterEach
  void stop() {
    System.setIn(before);
    service.close();
  }

  private Run keys(String... arguments) {
    List<String> all = new ArrayList<>(List.of("keys"));
    all.addAll(List.of(arguments));
    all.addAll(
        List.of(
            "--service",
            service.origin(),
            "--ca",
            service.certificate().toString(),
            "--token-file",
            home.resolve("token").toString()));
    return Run.of(home, all.toArray(String[]::new));
  }

  private static void type(String line) {
    System.setIn(new ByteArrayInputStream((line + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  private static String move(String state, int looked, int failed, String stoppedBy) {
    return """
    {"state": "%s", "looked": %d, "rewrapped": %d, "failed": %d, "stoppedBy": "%s",
      "waitsFor": ""}\
    """
        .formatted(state, looked, looked - failed, failed, stoppedBy);
  }

  private static String status(String rewrap) {
    return """
    {"kek": {"backend": "vault", "kek": "transit/k", "newestVersion": "2", "versions": ["1", "2"],
      "trouble": ""},
     "formerKeks": [
       {"backend": "tink", "kek": "keyset", "newestVersion": "7", "versions": ["7"],
        "dataKeys": 0, "removable": true, "trouble": ""},
       {"backend": "awskms", "kek": "arn", "newestVersion": "", "versions": [],
        "dataKeys": 4, "removable": false, "trouble": "key-backend-unavailable"}],
     "dataKeys": [{"backend": "vault", "kek": "transit/k", "version": "2", "count": 41}],
     "missing": [],
     "rewrap": %s,
     "migration": {"state": "none", "looked": 0, "migrated": 0, "failed": 0, "stoppedBy": "",
      "waitsFor": ""}}\
    """
        .formatted(rewrap);
  }

  @Test
  void statusShowsEveryKekAndWhatIsUnderIt() {
    service.next("GET /v1/keys", 200, status(move("done", 41, 0, "")));
    Run run = keys("status");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("The KEK is transit/k (vault), version 2."), run.out());
    assertTrue(run.out().contains("keyset (tink) holds no data key: it may be"), run.out());
    assertTrue(run.out().contains("(awskms, key-backend-unavailable) holds 4"), run.out());
    assertTrue(run.out().contains("41"), run.out());
    assertTrue(run.out().matches("(?s).*transit/k +1 +0\\s.*"), run.out());
    assertTrue(run.out().contains("Rewrap done: 41 moved, 0 failed, of 41"), run.out());
    assertFalse(run.out().contains("Migration"), run.out());
  }

  @Test
  void aKekInUseThatIsAwayHidesNothing() {
    String away =
        status(move("running", 3, 0, ""))
            .replace(
                "\"2\"],\n  \"trouble\": \"\"", "\"2\"], \"trouble\": \"key-backend-unavailable\"")
            .replaceFirst("\"newestVersion\": \"2\"", "\"newestVersion\": \"\"");
    service.next("GET /v1/keys", 200, away);
    Run run = keys("status");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("does not answer: key-backend-unavailable."), run.out());
    assertTrue(run.out().contains("Rewrap running: 3 moved"), run.out());
  }

  @Test
  void aKekThatLacksAVersionIsSaidSo() {
    service.next(
        "GET /v1/keys",
        200,
        status(move("none", 0, 0, ""))
            .replace(
                "\"missing\": []",
                """
                "missing": [
                  {"backend": "vault", "kek": "transit/k", "version": "3", "count": 3},
                  {"backend": "vault", "kek": "transit/k", "version": "4", "count": 1}]\
                """));
    Run run = keys("status");
    assertEquals(0, run.exit(), run.err());
    String lacks = "which the KEK does not have: restore the KEK";
    assertTrue(
        run.out().contains("3 data keys name version 3 of transit/k (vault), " + lacks), run.out());
    assertTrue(
        run.out().contains("1 data key names version 4 of transit/k (vault), " + lacks), run.out());
  }

  @Test
  void aRotationThatTakesItsTimeIsNotSaidToBeDone() {
    service.next(
        "POST /v1/keys/rotate",
        200,
        "{\"backend\": \"awskms\", \"kek\": \"arn\", \"newestVersion\": \"\", \"versions\": [],"
            + " \"trouble\": \"\"}");
    Run run = keys("rotate");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().startsWith("Rotation asked for: the backend puts the new"), run.out());
    assertFalse(run.out().contains("its versions are its own"), run.out());
  }

  @Test
  void rotateSaysWhatIsNext() {
    service.next(
        "POST /v1/keys/rotate",
        200,
        "{\"backend\": \"tink\", \"kek\": \"keyset\", \"newestVersion\": \"9\", \"versions\": [],"
            + " \"trouble\": \"\"}");
    Run run = keys("rotate");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("version 9."), run.out());
    assertTrue(run.out().contains("strongroom keys rewrap"), run.out());
  }

  @Test
  void aRefusalIsOne() {
    service.next(
        "POST /v1/keys/rotate",
        403,
        "{\"type\": \"about:blank\", \"title\": \"t\", \"status\": 403, \"code\": \"access-denied\","
            + " \"detail\": \"not you\"}");
    assertEquals(1, keys("rotate").exit());
  }

  /** A script that tries again what is 3 would never end. */
  @ParameterizedTest
  @CsvSource({
    "409, kek-in-use, 1",
    "422, kek-rotation-unsupported, 1",
    "422, kek-erase-unsupported, 1",
    "503, kek-unusable, 3"
  })
  void whatNoTimeMendsIsNotUnavailable(int status, String code, int exit) {
    service.next("POST /v1/keys/rotate", status, refusal(status, code));
    assertEquals(exit, keys("rotate").exit());
  }

  private static String refusal(int status, String code) {
    return "{\"type\": \"about:blank\", \"title\": \"t\", \"status\": %d, \"code\": \"%s\","
            .formatted(status, code)
        + " \"detail\": \"not now\"}";
  }

  @ParameterizedTest
  @CsvSource({
    "done, 0, '', 0",
    "done, 2, '', 1",
    "stopped, 0, kek-unusable, 1",
    "none, 0, '', 3",
  })
  void aMoveIsToldOfUntilItsEnd(String end, int failed, String stoppedBy, int exit) {
    service.next("POST /v1/keys/rewrap", 200, move("running", 0, 0, ""));
    service.next("GET /v1/keys", 200, status(move("running", 100, 0, "")));
    service.next("GET /v1/keys", 200, status(move(end, 120, failed, stoppedBy)));
    service.next("GET /v1/keys", 200, status(move(end, 120, failed, stoppedBy)));
    Run run = keys("rewrap");
    assertEquals(exit, run.exit(), run.out() + run.err());
    assertTrue(run.out().contains("Rewrap running: 100 moved"), run.out());
    assertEquals(failed > 0, run.out().contains("log names each data key"), run.out());
    assertEquals(
        exit == 0,
        run.out()
            .contains(
                "Nothing is under version 1 any more: 'strongroom keys erase --backend vault --kek"
                    + " transit/k --kek-version 1'"),
        run.out());
    assertEquals(exit == 0, run.out().contains("holds 4 data keys: run 'strongroom keys migrate'"));
    assertEquals(exit == 3, run.err().contains("run it again"), run.err());
    assertEquals(!stoppedBy.isEmpty(), run.out().contains("stopped by kek-unusable"), run.out());
  }

  @Test
  void whatAMoveWaitsForIsSaidOnce() {
    String waiting =
        move("running", 0, 0, "")
            .replace("\"waitsFor\": \"\"", "\"waitsFor\": \"key-backend-throttled\"");
    service.next("POST /v1/keys/rewrap", 200, move("running", 0, 0, ""));
    for (int i = 0; i < 5; i++) {
      service.next("GET /v1/keys", 200, status(waiting));
    }
    service.next("GET /v1/keys", 200, status(move("stopped", 0, 0, "key-backend-throttled")));
    Run run = keys("rewrap");
    assertEquals(
        List.of(
            "Rewrap running: 0 moved, 0 failed, of 0 looked at.",
            "Rewrap running: 0 moved, 0 failed, of 0 looked at; it waits for the key backend"
                + " (key-backend-throttled).",
            "Rewrap stopped by key-backend-throttled: 0 moved, 0 failed, of 0 looked at.",
            "The service's log says why. Run it again then: it goes on from there."),
        run.out().lines().toList());
  }

  @Test
  void aMoveThatIsNotWaitedForIsBegun() {
    service.next("POST /v1/keys/rewrap", 200, move("running", 0, 0, ""));
    Run run = keys("rewrap", "--no-wait");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("Rewrap running"), run.out());
  }

  @Test
  void aMigrationEndsWithWhatBecameOfFormerKeks() {
    service.next("POST /v1/keys/migrate", 200, move("done", 5, 0, ""));
    service.next("GET /v1/keys", 200, status(move("none", 0, 0, "")));
    Run run = keys("migrate");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("Migration done"), run.out());
    assertTrue(run.out().contains("it may be removed from the configuration"), run.out());
  }

  @Test
  void machinesReadOneProgressALine() {
    service.next("POST /v1/keys/rewrap", 200, move("running", 0, 0, ""));
    service.next("GET /v1/keys", 200, status(move("none", 0, 0, "")));
    Run run = keys("rewrap", "--json");
    assertEquals(3, run.exit());
    List<String> lines = run.out().lines().toList();
    assertEquals(2, lines.size(), run.out());
    assertTrue(lines.getFirst().contains("\"state\":\"running\""), run.out());
    assertTrue(lines.getLast().contains("\"state\":\"none\""), run.out());
  }

  @Test
  void aVersionIsErasedWhenItsNameIsTyped() {
    service.next("POST /v1/keys/erase", 204, "");
    service.next("POST /v1/keys/erase", 200, ERASED);
    type("acme/chat:3");
    Run run = keys("erase", "--model", "acme/chat", "--version", "3");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("Type acme/chat:3 to erase it"), run.out());
    assertTrue(run.out().contains("Erased: acme/chat:3."), run.out());
    assertTrue(run.out().contains("2 leases ended, 0 end soon."), run.out());
    assertTrue(run.out().contains("  backups of the store"), run.out());
    assertFalse(run.out().contains("formerKeks"), run.out());
    assertEquals(List.of(LOOK, "{\"model\":\"acme/chat\",\"version\":\"3\"}"), service.bodies());
  }

  @Test
  void nobodyIsAskedForWhatIsRefused() {
    service.next("POST /v1/keys/erase", 403, refusal(403, "access-denied"));
    type("acme/chat:3");
    Run run = keys("erase", "--model", "acme/chat", "--version", "3");
    assertEquals(1, run.exit(), run.err());
    assertFalse(run.out().contains("Type"), run.out());
    assertEquals(List.of(LOOK), service.bodies());
  }

  @Test
  void aWholeKekThatIsErasedMustLeaveTheConfiguration() {
    service.next("POST /v1/keys/erase-kek", 200, "{\"remains\": []}");
    Run run = keys("erase", "--backend", "tink", "--kek", "keyset", "--yes");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("Take it out of formerKeks before the next restart."), run.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/chat", "yes", "", "acme/chat:3 "})
  void nothingIsErasedWhenAnythingElseIsTyped(String typed) {
    service.next("POST /v1/keys/erase", 204, "");
    type(typed);
    Run run = keys("erase", "--model", "acme/chat", "--version", "3");
    assertEquals(1, run.exit());
    assertTrue(run.out().contains("Nothing was erased."), run.out());
    assertEquals(List.of(LOOK), service.bodies());
  }

  @Test
  void whoSaysYesIsNotAsked() {
    service.next("POST /v1/keys/erase-kek", 200, "{\"remains\": [\"copies\"]}");
    type("not read");
    Run run =
        keys("erase", "--backend", "vault", "--kek", "transit/k", "--kek-version", "1", "--yes");
    assertEquals(0, run.exit(), run.err());
    assertFalse(run.out().contains("Type"), run.out());
    assertTrue(run.out().contains("Erased: transit/k:1."), run.out());
    assertEquals(
        List.of("{\"backend\":\"vault\",\"kek\":\"transit/k\",\"version\":\"1\"}"),
        service.bodies());
  }

  @Test
  void machinesAreNotAskedAndMustSayYes() {
    type("acme/chat:3");
    Run asked = keys("erase", "--model", "acme/chat", "--version", "3", "--json");
    assertEquals(2, asked.exit());
    assertEquals("", asked.out());
    assertTrue(asked.err().contains("--yes"), asked.err());
    service.next("POST /v1/keys/erase", 200, ERASED);
    Run said = keys("erase", "--model", "acme/chat", "--version", "3", "--json", "--yes");
    assertEquals(0, said.exit(), said.err());
    assertEquals(1, said.out().lines().count(), said.out());
    assertTrue(said.out().startsWith("{"), said.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--model acme/chat",
        "--version 3",
        "--backend tink",
        "--kek keyset",
        "--kek-version 1",
        "--backend tink --kek-version 1",
        "--model acme/chat --version 3 --kek-version 1",
        "--model acme/chat --version 3 --backend tink",
        "--model acme/chat --version 3 --kek keyset",
        "--model acme/chat --version 3 --backend tink --kek keyset",
        "--backend tink --kek keyset --version 3",
        "--backend tink --kek keyset --model acme/chat"
      })
  void halfANameOrTwoAreMisuse(String arguments) {
    Run run = keys(("erase --yes " + arguments).split(" "));
    assertEquals(2, run.exit(), run.err());
    assertEquals(List.of(), service.bodies());
  }

  @Test
  void aCommandIsNamed() {
    assertEquals(2, Run.of(home, "keys").exit());
  }
}
