package dev.strongroom.keyservice.kms.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each answer of Vault is taken for. */
class VaultAnswersTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String CIPHERTEXT = "vault:v1:" + "A".repeat(80);
  private static final WrappedKey WRAPPED =
      new WrappedKey(
          "vault", "transit/kek", "1", Blob.of(CIPHERTEXT.getBytes(StandardCharsets.US_ASCII)));
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);

  private final ScriptedVault vault = new ScriptedVault();
  @TempDir Path folder;

  @BeforeEach
  void writeToken() throws IOException {
    Files.createFile(
        folder.resolve("token"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(folder.resolve("token"), "a-token");
  }

  @AfterEach
  void stop() {
    vault.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|cipher: message authentication failed",
        "500|1 error occurred: cipher: message authentication failed",
        "400|invalid ciphertext: version is too new",
        "400|invalid ciphertext: could not decode base64"
      })
  void whatIsAboutTheWrappedKeyIsSaidOfIt(int status, String error) {
    vault.answers(status, errors(error));
    try (VaultKeyWrapper wrapper = open()) {
      assertEquals(ProblemCode.KEY_UNWRAP_FAILED, unwrapProblem(wrapper).code());
      assertEquals(
          ProblemCode.KEY_UNWRAP_FAILED,
          assertThrows(Problem.class, () -> wrapper.rewrap(WRAPPED, CONTEXT)).code());
    }
  }

  @ParameterizedTest
  @CsvSource({"429, 7, 7", "503, 7, 7", "503, 86400, 3600", "429, soon, 0", "429, -1, 0"})
  void whatVaultAsksForIsKept(int status, String header, long seconds) {
    vault.answers(status, errors("not now"), Map.of("Retry-After", header));
    KekConfig.Vault patient = config(vault.address(), null, Duration.ofSeconds(20));
    try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(patient)) {
      assertEquals(Duration.ofSeconds(seconds), unwrapProblem(wrapper).retryAfter());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|something new",
        "405|unsupported operation",
        "412|required index state not present",
        "472|",
        "473|",
        "500|internal error",
        "502|bad gateway",
        "503|Vault is sealed",
        "204|"
      })
  void allElseIsTheBackendsTrouble(int status, String error) {
    vault.answers(status, status == 204 ? "" : errors(error == null ? "" : error));
    try (VaultKeyWrapper wrapper = open();
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, unwrapProblem(wrapper).code());
      assertEquals(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT)).code());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|ciphertext or signature version is disallowed by policy (too old)|KEK_UNUSABLE",
        "400|encryption key not found|KEK_UNUSABLE",
        "403|permission denied|KEK_UNUSABLE",
        "404|no handler for route|KEK_UNUSABLE",
        "429|request path kek: rate limit quota exceeded|KEY_BACKEND_THROTTLED"
      })
  void refusalsOfTheKekAndThrottlingAreToldApart(int status, String error, ProblemCode code) {
    vault.answers(status, errors(error));
    try (VaultKeyWrapper wrapper = open()) {
      assertEquals(code, unwrapProblem(wrapper).code());
      assertEquals(
          code, assertThrows(Problem.class, () -> wrapper.rewrap(WRAPPED, CONTEXT)).code());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{}",
        "<html>sign in</html>",
        "{\"data\":null}",
        "{\"data\":{\"plaintext\":null}}",
        "{\"data\":{\"plaintext\":7}}",
        "{\"data\":{\"plaintext\":\"***\"}}",
        "{\"plaintext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}",
        "{\"data\":{\"other\":{\"plaintext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}}}"
      })
  void anAnswerWithoutAKeyIsNone(String body) {
    vault.answers(200, body);
    try (VaultKeyWrapper wrapper = open()) {
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, unwrapProblem(wrapper).code());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"keys\":{\"1\":1}|\"keys\":{\"one\":1}",
        "\"keys\":{\"1\":1}|\"keys\":{\"-1\":1}",
        "\"keys\":{\"1\":1}|\"keys\":{\"99999999999\":1}",
        "\"latest_version\":1|\"latest_version\":0",
        "\"latest_version\":1|\"latest_version\":99999999999",
        "\"latest_version\":1|\"latest_version\":\"new\"",
        "\"latest_version\":1,|",
        "\"min_decryption_version\":1,|",
        "{\"data\":|{\"other\":",
        "{\"data\":|"
      })
  void aKeyThatIsToldInAnotherWayIsTheBackendsTrouble(String part, @Nullable String instead) {
    vault.describesKey(ScriptedVault.SOUND_KEY.replace(part, instead == null ? "" : instead));
    try (VaultKeyWrapper wrapper = open()) {
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, unwrapProblem(wrapper).code());
      assertEquals(
          ProblemCode.KEY_BACKEND_UNAVAILABLE, assertThrows(Problem.class, wrapper::status).code());
    }
  }

  @Test
  void aKeyIsGoneWhenVaultSaysThatThereIsNone() {
    try (VaultKeyWrapper wrapper = open()) {
      assertEquals(Optional.empty(), wrapper.gone(""));
      vault.answersForKey(404, "{\"errors\":[]}\n");
      assertTrue(wrapper.gone("").isPresent());
      vault.answersForKey(404, errors("no handler for route"));
      Problem unmounted = assertThrows(Problem.class, () -> wrapper.gone(""));
      assertEquals(ProblemCode.KEK_UNUSABLE, unmounted.code());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "default backend - 404",
        "<html>404</html>",
        "[]",
        "{}",
        "{\"errors\":null}",
        "{\"errors\":\"\"}",
        "{\"errors\":{}}",
        "{\"data\":{\"errors\":[]}}",
        "{\"errors\":["
      })
  void a404OfSomethingBeforeVaultSaysNothingOfTheKey(String body) {
    vault.answersForKey(404, body);
    vault.answers(404, body);
    // Neither does it stop a start.
    try (VaultKeyWrapper wrapper = open()) {
      assertAway(() -> wrapper.gone(""));
      assertAway(() -> wrapper.gone("1"));
      assertAway(wrapper::status);
      assertAway(wrapper::rotate);
      vault.describesKey(ScriptedVault.SOUND_KEY);
      assertAway(() -> wrapper.unwrap(WRAPPED, CONTEXT).close());
      assertAway(() -> wrapper.rewrap(WRAPPED, CONTEXT));
    }
  }

  @Test
  void onlyADataKeyIsTakenFromAnAnswer() {
    try (VaultKeyWrapper wrapper = open()) {
      for (int size : new int[] {0, 16, 31, 33, 64}) {
        vault.answers(200, plaintext(new byte[size]));
        assertEquals(ProblemCode.KEY_UNWRAP_FAILED, unwrapProblem(wrapper).code());
      }
      byte[] bytes = new byte[32];
      RANDOM.nextBytes(bytes);
      vault.answers(200, plaintext(bytes));
      try (SecretBytes key = wrapper.unwrap(WRAPPED, CONTEXT)) {
        assertTrue(key.sameAs(bytes));
      }
    }
  }

  @Test
  void anAnswerWithoutEndIsCutOff() {
    vault.answers(200, "{\"data\":{\"plaintext\":\"" + "A".repeat(2 << 20) + "\"}}");
    try (VaultKeyWrapper wrapper = open()) {
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, unwrapProblem(wrapper).code());
    }
  }

  @Test
  void aVaultThatSaysNothingIsGivenUp() {
    try (VaultKeyWrapper wrapper = open()) {
      vault.fallSilent();
      Problem problem = unwrapProblem(wrapper);
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, problem.code());
      assertTrue(String.valueOf(problem.getMessage()).contains("in time"), problem::getMessage);
    }
  }

  @Test
  void aRedirectIsNotFollowed() {
    try (ScriptedVault elsewhere = new ScriptedVault();
        VaultKeyWrapper wrapper = open()) {
      for (int status : new int[] {301, 302, 307, 308}) {
        vault.answers(status, "", Map.of("Location", elsewhere.address() + "/v1/x"));
        Problem problem = unwrapProblem(wrapper);
        assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, problem.code());
        assertTrue(String.valueOf(problem.getMessage()).contains("standby"), problem::getMessage);
      }
      assertEquals(List.of(), elsewhere.seen());
    }
  }

  @Test
  void everyCallNamesTheNamespace() {
    vault.answers(503, "");
    try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(config(vault.address(), "team/models"))) {
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, unwrapProblem(wrapper).code());
    }
    assertFalse(vault.seen().isEmpty());
    for (ScriptedVault.Seen seen : vault.seen()) {
      assertEquals(List.of("team/models"), seen.headers().get("X-vault-namespace"), seen.path());
      assertEquals(List.of("a-token"), seen.headers().get("X-vault-token"), seen.path());
    }
  }

  @Test
  void withoutANamespaceNoneIsNamed() {
    open().close();
    assertFalse(vault.seen().isEmpty());
    for (ScriptedVault.Seen seen : vault.seen()) {
      assertFalse(seen.headers().containsKey("X-vault-namespace"), seen.path());
    }
  }

  @Test
  void aMessageShowsNeitherTokenNorControlCharacters() {
    vault.answers(500, errors("trouble\\n\\u001b[31m" + "x".repeat(5000)));
    try (VaultKeyWrapper wrapper = open()) {
      String message = String.valueOf(unwrapProblem(wrapper).getMessage());
      assertTrue(message.length() < 400, message);
      assertTrue(message.chars().allMatch(c -> c >= 0x20 && c < 0x7f), message);
      assertFalse(message.contains("a-token"), message);
    }
  }

  @Test
  void whatIsNotOursIsRefusedWithoutACall() {
    try (VaultKeyWrapper wrapper = open()) {
      int calls = vault.seen().size();
      for (WrappedKey foreign :
          List.of(
              new WrappedKey("tink", WRAPPED.kekId(), "1", WRAPPED.ciphertext()),
              new WrappedKey("vault", "transit/other", "1", WRAPPED.ciphertext()),
              new WrappedKey("vault", "transit/kek", "2", WRAPPED.ciphertext()),
              wrapped("vault:v1:" + "A".repeat(76)),
              wrapped("vault:v1:" + "A".repeat(84)),
              wrapped("vault:v01:" + "A".repeat(80)),
              wrapped("vault:v1:" + "A".repeat(79) + "\""),
              wrapped(CIPHERTEXT + "\n"))) {
        assertEquals(
            ProblemCode.KEY_UNWRAP_FAILED,
            assertThrows(Problem.class, () -> wrapper.unwrap(foreign, CONTEXT)).code());
      }
      assertEquals(calls, vault.seen().size());
    }
  }

  private VaultKeyWrapper open() {
    return VaultKeyWrapper.open(config(vault.address(), null));
  }

  private KekConfig.Vault config(URI address, @Nullable String namespace) {
    return config(address, namespace, Duration.ofSeconds(1));
  }

  private KekConfig.Vault config(URI address, @Nullable String namespace, Duration attemptTimeout) {
    return new KekConfig.Vault(
        address,
        "transit",
        "kek",
        namespace,
        new VaultAuth.TokenFile(folder.resolve("token")),
        null,
        VaultStage.limits(attemptTimeout));
  }

  private static void assertAway(Executable call) {
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, assertThrows(Problem.class, call).code());
  }

  private static Problem unwrapProblem(VaultKeyWrapper wrapper) {
    return assertThrows(Problem.class, () -> wrapper.unwrap(WRAPPED, CONTEXT).close());
  }

  private static WrappedKey wrapped(String text) {
    return new WrappedKey(
        "vault", "transit/kek", "1", Blob.of(text.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String errors(String error) {
    return "{\"errors\":[\"" + error + "\"]}";
  }

  private static String plaintext(byte[] key) {
    return "{\"data\":{\"plaintext\":\"" + Base64.getEncoder().encodeToString(key) + "\"}}";
  }
}
