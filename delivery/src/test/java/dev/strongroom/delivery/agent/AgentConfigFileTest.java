package dev.strongroom.delivery.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.delivery.attest.tpm.TpmSettings;
import dev.strongroom.delivery.stream.Verification;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentConfigFileTest {
  private static final String LEAST =
      """
      {"service": "https://keys.example.org", "caFile": "/etc/strongroom/ca.pem",
       "trustBundle": "/etc/strongroom/trust.json", "tokenFile": "/var/run/strongroom/token",
       "model": "acme/chat", "version": "3", "target": "/models/chat",
       "storageHosts": ["https://s3.example.org"]MORE}
      """;

  @TempDir Path directory;

  private AgentConfig read(String more) {
    try {
      return AgentConfigFile.read(
          Files.writeString(directory.resolve("c.json"), LEAST.replace("MORE", more)));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String refused(String more) {
    Problem problem = assertThrows(Problem.class, () -> read(more));
    assertEquals(ProblemCode.CONFIGURATION_INVALID, problem.code());
    return problem.toString();
  }

  @Test
  void theLeastConfigurationHasTheseDefaults() {
    AgentConfig config = read("");
    assertEquals("acme/chat:3", config.modelVersion().toString());
    assertNull(config.suite());
    assertNull(config.onExpiry());
    assertNull(config.consumer());
    assertNull(config.readinessPort());
    assertNull(config.verify());
    assertEquals(List.of(), config.exceptions());
  }

  @Test
  void everyMemberIsRead() {
    AgentConfig config =
        read(
            """
            , "storageCaFile": "/s3.pem", "suite": "xwing-hkdf-sha256-aes256gcm",
            "onExpiry": "keep-serving", "podUid": "a-b", "leaseSeconds": 60,
            "consumer": {"hook": ["/bin/stop", "now"], "pidFile": "/pid", "stopSeconds": 7},
            "readinessPort": 8086, "workers": 16,
            "exceptions": ["swap-enabled", "target-not-memory"],
            "grantSeconds": 9, "acknowledgeSeconds": 10, "verify": "tags"\
            """);
    assertEquals(SealSuite.X_WING, config.suite());
    assertEquals(ExpiryMode.KEEP_SERVING, config.onExpiry());
    assertEquals(
        new AgentConfig.Consumer(List.of("/bin/stop", "now"), "/pid", 7L), config.consumer());
    assertEquals(16, config.workers());
    assertEquals(Verification.TAGS, config.verify());
    assertTrue(config.excepts(AgentConfig.SWAP) && config.excepts(AgentConfig.NOT_MEMORY));
  }

  @Test
  void aMistypedKeyIsRefusedWithTheNearestOne() {
    assertTrue(refused(", \"onExpire\": \"wipe\"").contains("did you mean 'onExpiry'?"));
    assertTrue(
        refused(", \"consumer\": {\"pidfile\": \"/x\"}")
            .contains("did you mean 'consumer.pidFile'?"));
    assertTrue(refused(", \"zzzzzzzzzz\": 1").contains("known are service, caFile"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"workers\": 0 | workers",
        "\"workers\": 257 | workers",
        "\"readinessPort\": 65536 | readinessPort",
        "\"exceptions\": [\"everything\"] | exceptions",
        "\"consumer\": {} | hook or a pidFile",
        "\"grantSeconds\": 0 | grantSeconds",
        "\"acknowledgeSeconds\": 86401 | acknowledgeSeconds",
        "\"suite\": \"rot13\" | seal suite",
        "\"onExpiry\": \"never\" | expiry mode",
        "\"model\": \"twice\" | ",
      })
  void aValueOutOfRangeIsRefused(String member, @org.jspecify.annotations.Nullable String says) {
    String message = refused(", " + member);
    assertTrue(message.contains(says == null ? "" : says), message);
  }

  @Test
  void aMissingValueIsNamed() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("c.json"),
            LEAST.replace("MORE", "").replace("\"target\": \"/models/chat\",", ""));
    Problem problem = assertThrows(Problem.class, () -> AgentConfigFile.read(file));
    assertTrue(problem.toString().contains("target"), problem.toString());
  }

  private String refusedWhole(String json) throws IOException {
    Path file = Files.writeString(directory.resolve("c.json"), json);
    return "" + assertThrows(Problem.class, () -> AgentConfigFile.read(file)).getMessage();
  }

  @Test
  void allFaultsAreNamedAtOnceInTheWordsOfTheFile() throws IOException {
    String json =
        LEAST
            .replace(
                "MORE", ", \"workers\": \"2\", \"onExpire\": 1, \"consumer\": {\"hook\": \"/x\"}")
            .replace("\"version\": \"3\"", "\"version\": 3")
            .replace("\"model\": \"acme/chat\",", "")
            .replace("\"target\": \"/models/chat\",", "");
    assertEquals(
        directory.resolve("c.json")
            + ": unknown key 'onExpire'; did you mean 'onExpiry'?"
            + "; model is missing; a text in quotes is wanted"
            + "; version: a text in quotes is wanted, not a number"
            + "; target is missing; a text in quotes is wanted"
            + "; consumer.hook: a list of texts is wanted, not a text"
            + "; workers: a whole number is wanted, not a text",
        refusedWhole(json));
    assertTrue(refusedWhole("[]").endsWith(": an object is wanted, not a list"));
    assertTrue(
        refusedWhole(LEAST.replace("MORE", ", \"consumer\": true"))
            .endsWith(": consumer: an object is wanted, not a boolean"));
  }

  @Test
  void aTrustBundleThatIsNotThereIsNamedByItsKey() throws IOException {
    Path none = directory.resolve("nope.json");
    assertEquals(
        "trustBundle: "
            + none
            + " does not exist; get the trust bundle from whoever runs the key service",
        assertThrows(Problem.class, () -> AgentConfigFile.trust(none)).getMessage());
    Files.writeString(none, "{}");
    String message =
        "" + assertThrows(Problem.class, () -> AgentConfigFile.trust(none)).getMessage();
    assertTrue(message.startsWith("trustBundle: " + none + ": "), message);
    assertTrue(message.endsWith("from whoever runs the key service"), message);
  }

  private ExitCode run(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    ExitCode code =
        new AgentProcess("strongroom-sidecar", DeliveryMode.SIDECAR, stream, stream).run(arguments);
    output = out.toString(StandardCharsets.UTF_8);
    return code;
  }

  private String output = "";

  @Test
  void theCommandLineIsOneFile() {
    assertEquals(ExitCode.USAGE, run());
    assertEquals("usage: strongroom-sidecar --config FILE | --help | --version", output.strip());
    assertEquals(ExitCode.CONFIGURATION, run("--config", "/no/such/file"));
    assertTrue(output.contains("\"code\":\"configuration-invalid\""), output);
  }

  @Test
  void everyProblemHasAnExitCodeThatTellsWhomToAsk() {
    assertEquals(ExitCode.DENIED, ExitCode.of(ProblemCode.ACCESS_DENIED));
    assertEquals(ExitCode.DENIED, ExitCode.of(ProblemCode.VERSION_UNKNOWN));
    assertEquals(ExitCode.DENIED, ExitCode.of(ProblemCode.TOKEN_EXPIRED));
    assertEquals(ExitCode.INTEGRITY, ExitCode.of(ProblemCode.CIPHERTEXT_CORRUPT));
    assertEquals(ExitCode.INTEGRITY, ExitCode.of(ProblemCode.RECEIPT_INVALID));
    assertEquals(ExitCode.UNAVAILABLE, ExitCode.of(ProblemCode.SERVICE_UNREACHABLE));
    assertEquals(ExitCode.UNAVAILABLE, ExitCode.of(ProblemCode.LOG_UNAVAILABLE));
    assertEquals(ExitCode.TARGET, ExitCode.of(ProblemCode.TARGET_TOO_SMALL));
    assertEquals(ExitCode.CONFIGURATION, ExitCode.of(ProblemCode.CONFIGURATION_INVALID));
    assertEquals(
        List.of(0, 2, 10, 11, 12, 13, 78),
        Arrays.stream(ExitCode.values()).map(ExitCode::status).toList());
  }

  @Test
  void aTpmMayHaveSettings() {
    AgentConfig config =
        read(
            """
            , "evidence": ["tpm", "sev-snp"],
            "tpm": {"ak": "0x81010004", "pcrs": "sha256:0,7+sha384:0", "tcti": "device:/dev/tpm0",
              "eventLog": "none"}\
            """);
    assertEquals(List.of("tpm", "sev-snp"), config.evidenceTypes());
    assertEquals(
        new TpmSettings("0x81010004", "sha256:0,7+sha384:0", "device:/dev/tpm0", "none"),
        config.tpm());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"evidence\": [\"sgx\"] | evidence is of [sev-snp, tdx, tpm",
        "\"evidence\": [\"tpm\", \"tpm\"] | evidence names a type twice",
        "\"evidence\": [\"tdx\"], \"tpm\": {} | evidence does not name tpm",
        "\"evidence\": [\"tpm\"], \"tpm\": {\"pcr\": \"x\"} | did you mean 'tpm.pcrs'?",
        "\"evidence\": [\"tpm\"], \"tpm\": {\"pcrs\": \"sha1:0\"} | banks sha256 and sha384",
        "\"evidence\": [\"tpm\"], \"tpm\": {\"ak\": \"-x\"} | tpm.ak is a handle",
        "\"evidence\": [\"tpm\"], \"tpm\": {\"tcti\": \"\"} | tpm.tcti is a TCTI",
        "\"evidence\": [\"tpm\"], \"tpm\": {\"eventLog\": \"\"} | tpm.eventLog is a file"
      })
  void evidenceThatCannotBeSentIsRefused(String members, String message) {
    String refused = refused(", " + members);
    assertTrue(refused.contains(message), refused);
  }
}
