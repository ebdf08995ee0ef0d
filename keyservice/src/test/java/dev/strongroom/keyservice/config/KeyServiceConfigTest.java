package dev.strongroom.keyservice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig.IssuerConfig;
import dev.strongroom.keyservice.config.IdentityConfig.Jwks;
import dev.strongroom.keyservice.config.IdentityConfig.JwksFetchConfig;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import dev.strongroom.keyservice.config.yaml.ByteSize;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyServiceConfigTest {
  private static final Path FOLDER = Path.of("/etc/strongroom");
  private static final Path DATA = Path.of("/var/lib/strongroom");

  private static final String SMALLEST =
      """
      origin: https://keys.example.org
      dataDir: /var/lib/strongroom
      storage:
        endpoint: https://s3.example.org
        bucket: weights
      identity:
        issuers:
          - issuer: https://issuer.example.org
            audience: strongroom
            jwks:
              file: jwks.json
      policyFile: policy.yaml
      """;

  private static KeyServiceConfig valid(String yaml) {
    return KeyServiceConfig.parse(yaml, FOLDER).orThrow("the test's configuration");
  }

  private static List<Fault> faults(String yaml) {
    return switch (KeyServiceConfig.parse(yaml, FOLDER)) {
      case Reading.Invalid<KeyServiceConfig>(List<Fault> faults) -> faults;
      case Reading.Valid<KeyServiceConfig> _ -> List.of();
    };
  }

  @Test
  void theSmallestFileHasEveryDefault() {
    assertEquals(
        new KeyServiceConfig(
            URI.create("https://keys.example.org"),
            DATA,
            new KeyServiceConfig.ListenConfig("0.0.0.0", 8443, null),
            new KeyServiceConfig.ManagementConfig("127.0.0.1", 8081),
            new StorageConfig(
                URI.create("https://s3.example.org"),
                "us-east-1",
                "weights",
                true,
                new StorageConfig.Credentials.DefaultChain(),
                null,
                Duration.ofMinutes(5)),
            new KekConfig.Tink(DATA.resolve("kek.json")),
            List.of(),
            null,
            new IdentityConfig(
                List.of(
                    new IssuerConfig(
                        "https://issuer.example.org",
                        "strongroom",
                        List.of(TokenAlgorithm.ES256, TokenAlgorithm.EDDSA, TokenAlgorithm.RS256),
                        new Jwks.File(FOLDER.resolve("jwks.json")),
                        Duration.ofSeconds(30),
                        false)),
                List.of(),
                20_000,
                new JwksFetchConfig(
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(10),
                    Duration.ofHours(24),
                    Duration.ofSeconds(5)),
                null),
            new AttestationConfig(
                null, new AttestationConfig.TpmConfig(null, null, List.of(0, 1, 2, 3, 4, 5, 6, 7))),
            FOLDER.resolve("policy.yaml"),
            null,
            List.of(),
            List.of(),
            new KeyServiceConfig.LimitsConfig(
                new ByteSize(1 << 20),
                new ByteSize(32 << 10),
                new KeyServiceConfig.RatesConfig(500, 2000, 2000, Duration.ofSeconds(2)),
                256,
                1024,
                Duration.ofSeconds(10),
                Duration.ofMinutes(1)),
            new KeyServiceConfig.LeasesConfig(
                Duration.ofMinutes(2), 100_000, 50_000, 20_000, 20_000, Duration.ofSeconds(5)),
            new KeyServiceConfig.LogConfig(DATA.resolve("log"), 4096, 256, Duration.ofSeconds(2)),
            new KeyServiceConfig.NonceConfig(Duration.ofMinutes(2)),
            new KeyServiceConfig.DpopConfig(Duration.ofMinutes(1), 500_000),
            new KeyServiceConfig.ExplanationsConfig(10_000, Duration.ofDays(30), 1024),
            new KeyServiceConfig.DecisionsConfig(100_000, Duration.ofDays(30), 4096),
            new KeyServiceConfig.ShutdownConfig(Duration.ofSeconds(10))),
        valid(SMALLEST));
  }

  @Test
  void eitherAFileRulesOrApproversDo() {
    String approvers = "policy: {approvers: [{name: a, publicKeyFile: a.pub}], threshold: 1}\n";
    String administrators = "administrators: [{issuer: \"https://i\", subject: s}]\n";
    String without = SMALLEST.replace("policyFile: policy.yaml\n", "");
    assertEquals(
        1,
        Objects.requireNonNull(valid(without + approvers + administrators).policy()).threshold());
    assertEquals(
        FOLDER.resolve("a.pub"),
        Objects.requireNonNull(valid(without + approvers + administrators).policy())
            .approvers()
            .get(0)
            .publicKeyFile());
    for (String wrong :
        List.of(
            without,
            SMALLEST + approvers + administrators,
            without + approvers,
            without + approvers.replace("threshold: 1", "threshold: 2") + administrators,
            without + approvers.replace("[{", "[{name: a, publicKeyFile: b}, {") + administrators,
            without + approvers.replace(", threshold: 1", "") + administrators)) {
      assertEquals(1, faults(wrong).size(), wrong);
    }
  }

  @Test
  void everyChoiceCanBeMade() {
    KeyServiceConfig config =
        valid(
            SMALLEST
                    .replace(
                        "  bucket: weights\n",
                        "  bucket: weights\n  credentials: {file: s3.yaml}\n  pathStyle: false\n")
                    .replace("file: jwks.json", "url: https://issuer.example.org/keys")
                + """
                kek:
                  tink:
                    keysetFile: keys/kek.json
                listen:
                  port: 0
                  tls: {certificate: tls.pem, key: /run/tls.key}
                publishers:
                  - {name: research, keyFile: research.pem, models: [acme/*, other/x]}
                administrators:
                  - {issuer: "https://issuer.example.org", subject: root}
                dataKeyCache: {maxKeys: 500, maxAge: 5m}
                limits:
                  bodyBytes: 2MiB
                  requestsPerSecond: {perIdentity: 10}
                """);
    assertEquals(
        new StorageConfig.Credentials.File(FOLDER.resolve("s3.yaml")),
        config.storage().credentials());
    assertEquals(false, config.storage().pathStyle());
    assertEquals(
        new Jwks.Url(URI.create("https://issuer.example.org/keys")),
        config.identity().issuers().getFirst().jwks());
    assertEquals(new KekConfig.Tink(FOLDER.resolve("keys/kek.json")), config.kek());
    assertEquals(new DataKeyCacheConfig(500, Duration.ofMinutes(5)), config.dataKeyCache());
    assertEquals(
        new KeyServiceConfig.TlsConfig(FOLDER.resolve("tls.pem"), Path.of("/run/tls.key")),
        config.listen().tls());
    assertEquals(
        List.of(new ModelPattern("acme/*"), new ModelPattern("other/x")),
        config.publishers().getFirst().models());
    assertEquals("root", config.administrators().getFirst().subject());
    assertEquals(10, config.limits().requestsPerSecond().perIdentity());
    assertEquals(2000, config.limits().requestsPerSecond().perModel());
    assertEquals(2 << 20, config.limits().bodyBytes().bytes());
  }

  @Test
  void allFaultsComeAtOnceWithLineAndPath() {
    List<Fault> faults =
        faults(
            """
            origin: http://keys.example.org/x
            dataDir: /var/lib/strongroom
            listen:
              prot: 8443
              host: true
            storage:
              endpont: https://s3.example.org
              bucket: weights
            identity:
              issuers:
                - issuer: https://issuer.example.org
                  audience: strongroom
                  algorithms: [ES256, HS256]
                  jwks: {file: a, url: "https://b.example"}
            nonce:
              lifetime: 2 minutes
            limits:
              concurrentRequests: 0
            """);
    assertEquals(
        List.of(
            "line 4: listen.prot: unknown key; did you mean 'port'?",
            "line 5: listen.host: true or false is not wanted here; put a text into quotes",
            "line 7: storage.endpont: unknown key; did you mean 'endpoint'?",
            "line 7: storage.endpoint: the key is missing and has no default",
            "line 13: identity.issuers[0].algorithms[1]: unknown value; did you mean 'ES256'?",
            "line 14: identity.issuers[0].jwks: exactly one of these keys is wanted: file, url",
            "line 16: nonce.lifetime: a duration is a whole number and one of ms, s, m, h, d,"
                + " such as 10m",
            "line 18: limits.concurrentRequests: between 1 and 65536 is wanted"),
        faults.stream().map(Fault::toString).toList());
  }

  @Test
  void theProblemNamesEveryFault(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("strongroom.yaml");
    Files.writeString(file, "a: 1\nb: 2\n");
    Problem problem = assertThrows(Problem.class, () -> KeyServiceConfig.read(file));
    assertEquals(ProblemCode.CONFIGURATION_INVALID, problem.code());
    String message = String.valueOf(problem.getMessage());
    assertTrue(message.contains(file.toString()), message);
    assertTrue(message.contains("line 1: a: unknown key"), message);
    assertTrue(message.contains("line 2: b: unknown key"), message);
    assertTrue(message.contains("origin: the key is missing"), message);
    Problem missing =
        assertThrows(Problem.class, () -> KeyServiceConfig.read(folder.resolve("none.yaml")));
    assertEquals(ProblemCode.CONFIGURATION_INVALID, missing.code());
    assertEquals(
        "the configuration "
            + folder.resolve("none.yaml")
            + " is not usable:\n  there is no such file",
        missing.getMessage());
    Files.write(file, new byte[] {(byte) 0xff});
    Problem bytes = assertThrows(Problem.class, () -> KeyServiceConfig.read(file));
    assertTrue(String.valueOf(bytes.getMessage()).endsWith("\n  it is not UTF-8"), bytes::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "http://keys.example.org",
    "https://keys.example.org/",
    "https://keys.example.org/v1",
    "https://KEYS.example.org",
    "https://keys.example.org:443",
    "https://keys.example.org?x",
    "https://user@keys.example.org",
    "keys.example.org",
    "ftp://keys.example.org"
  })
  void anOriginHasOneSpelling(String origin) {
    assertEquals(
        1, faults(SMALLEST.replace("https://keys.example.org", "\"" + origin + "\"")).size());
  }

  @Test
  void whatAppearsTwiceIsRefused() {
    String issuer =
        SMALLEST.substring(SMALLEST.indexOf("    - issuer"), SMALLEST.indexOf("policyFile"));
    assertTrue(
        faults(SMALLEST.replace("policyFile", issuer + "policyFile"))
            .getFirst()
            .message()
            .contains("is there twice"));
    assertTrue(
        faults(
                SMALLEST
                    + """
                    publishers:
                      - {name: a, keyFile: a.pem, models: ["*"]}
                      - {name: a, keyFile: b.pem, models: ["*"]}
                    """)
            .getFirst()
            .message()
            .contains("is there twice"));
    assertTrue(
        faults(SMALLEST + "dataDir: /other\n").getFirst().message().contains("is there twice"));
  }

  @Test
  void secretsStayOutOfMessages(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("s3.yaml");
    Files.writeString(file, "accessKey: AKIA\nsecretKey: [hunter2]\nsecret: hunter2\n");
    Files.setPosixFilePermissions(
        file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    Problem problem = assertThrows(Problem.class, () -> StorageKeys.read(file));
    assertEquals(ProblemCode.CONFIGURATION_INVALID, problem.code());
    assertTrue(!String.valueOf(problem.getMessage()).contains("hunter2"), problem.getMessage());
    Files.writeString(file, "accessKey: AKIA\nsecretKey: hunter2\n");
    assertEquals(new StorageKeys("AKIA", "hunter2"), StorageKeys.read(file));
    assertEquals("StorageKeys[]", StorageKeys.read(file).toString());
    Files.setPosixFilePermissions(
        file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(
        ProblemCode.KEY_FILE_INSECURE,
        assertThrows(Problem.class, () -> StorageKeys.read(file)).code());
  }
}
