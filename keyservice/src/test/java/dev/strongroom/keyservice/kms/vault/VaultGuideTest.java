package dev.strongroom.keyservice.kms.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.issuer.TestIssuer;
import dev.strongroom.testkit.kms.VaultBinary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the guide, in their order, in a real Vault; then each way to log in. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class VaultGuideTest {
  private static final Path GUIDE = Path.of("../docs/guide/key-backends/vault.md");
  private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);
  private static final String ACCOUNT = "system:serviceaccount:strongroom:strongroom";

  private final Path folder;
  private final VaultStage stage;
  private final TestIssuer issuer;
  private final HttpServer cluster;
  private final List<String> blocks;

  VaultGuideTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.stage = VaultStage.startEmpty(folder);
    this.issuer =
        TestIssuer.create(
            folder.resolve("issuer"), "https://issuer.example.org", InstantSource.system());
    this.blocks = blocks(Files.readString(GUIDE));
    Files.writeString(folder.resolve("issuer.pem"), issuer.publicKeyPem());
    Files.copy(stage.server().caFile(), folder.resolve("cluster-ca.pem"));
    this.cluster = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cluster.createContext(
        "/apis/authentication.k8s.io/v1/tokenreviews",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          byte[] review =
              ("{\"kind\":\"TokenReview\",\"status\":{\"authenticated\":true,\"audiences\":[\"vault\"],"
                      + "\"user\":{\"username\":\""
                      + ACCOUNT
                      + "\",\"uid\":\"0\",\"groups\":[]}}}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(201, review.length);
          exchange.getResponseBody().write(review);
          exchange.close();
        });
    cluster.start();
    registerKubernetes();
  }

  @AfterAll
  void stop() {
    cluster.stop(0);
    stage.close();
  }

  // Vault has this method built in; the build for tests has it as a plugin of the same name.
  private void registerKubernetes() {
    stage
        .server()
        .shell(
            "vault plugin register -sha256=$(sha256sum \"$(dirname \"$(command -v vault)\")/"
                + VaultBinary.KUBERNETES_PLUGIN
                + "\" | cut -d ' ' -f 1) -command="
                + VaultBinary.KUBERNETES_PLUGIN
                + " auth kubernetes");
  }

  @Test
  @Order(1)
  void theCommandsUpToTheLoginsWork() {
    for (String block : blocks) {
      if (!block.contains("rotate") && !block.contains("min_") && !block.contains("snapshot")) {
        stage.server().shell(block);
      }
    }
  }

  @Test
  @Order(2)
  void kubernetesLogsIn() throws IOException {
    stage
        .server()
        .cli(
            "write",
            "auth/kubernetes/config",
            "kubernetes_host=http://127.0.0.1:" + cluster.getAddress().getPort(),
            "token_reviewer_jwt=" + issuer.mint(ACCOUNT, "cluster", Duration.ofHours(1)),
            "disable_local_ca_jwt=true");
    String token =
        issuer.mint(
            ACCOUNT,
            "vault",
            Duration.ofMinutes(10),
            Map.of(
                // A cluster writes an array, even of one; the library does so from two on.
                "aud",
                List.of("vault", "another"),
                "kubernetes.io",
                Map.of(
                    "namespace",
                    "strongroom",
                    "serviceaccount",
                    Map.of("name", "strongroom", "uid", "0"))));
    Path file = Files.writeString(folder.resolve("kubernetes-token"), token);
    assertWorks(new VaultAuth.Kubernetes("strongroom", "kubernetes", file));
  }

  @Test
  @Order(2)
  void aJwtLogsInAndAnotherAudienceDoesNot() throws IOException {
    Path file = folder.resolve("jwt");
    Files.writeString(file, issuer.mint("strongroom", "vault", Duration.ofMinutes(10)));
    assertWorks(new VaultAuth.Jwt("strongroom", "jwt", file));
    Files.writeString(file, issuer.mint("strongroom", "other", Duration.ofMinutes(10)));
    assertRefused(new VaultAuth.Jwt("strongroom", "jwt", file));
    Files.writeString(file, issuer.mint("stranger", "vault", Duration.ofMinutes(10)));
    assertRefused(new VaultAuth.Jwt("strongroom", "jwt", file));
  }

  @Test
  @Order(2)
  void anAppRoleLogsIn() throws IOException {
    String roleId = Files.readString(folder.resolve("role-id")).strip();
    assertWorks(new VaultAuth.AppRole(roleId, folder.resolve("secret-id"), "approle"));
    assertRefused(
        new VaultAuth.AppRole(roleId, stage.secretFile("wrong-secret-id", "none"), "approle"));
  }

  @Test
  @Order(2)
  void aTokenFileIsReadAgainWhenItsTokenIsDead() throws IOException {
    Path file = folder.resolve("token");
    String first = Files.readString(file).strip();
    try (VaultKeyWrapper wrapper = open(new VaultAuth.TokenFile(file));
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      stage.server().call("POST", "auth/token/revoke", VaultStage.json("token", first));
      assertEquals(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT)).code());
      stage.server().shell("rm token; " + blockWith("vault token create"));
      awaitUnwraps(wrapper, wrapped, key);
    }
  }

  @Test
  @Order(3)
  void thePolicyAllowsNothingMore() throws IOException {
    stage.server().shell("vault write -f transit/keys/other type=aes256-gcm96 derived=true");
    String as = "export VAULT_TOKEN=$(cat token); ";
    stage.server().shell(as + "vault read transit/keys/strongroom");
    for (String forbidden :
        List.of(
            "vault write -f transit/keys/strongroom/rotate",
            "vault write transit/keys/strongroom/config exportable=true",
            "vault write -f transit/keys/new",
            "vault delete transit/keys/strongroom",
            "vault read transit/export/encryption-key/strongroom",
            "vault read transit/backup/strongroom",
            "vault read transit/keys/other",
            "vault list transit/keys",
            "vault write transit/encrypt/other context=AAAA plaintext=AAAA",
            "vault write transit/encrypt/absent context=AAAA plaintext=AAAA",
            "vault write -f transit/datakey/plaintext/strongroom context=AAAA",
            "vault policy list")) {
      IllegalStateException refusal =
          assertThrows(IllegalStateException.class, () -> stage.server().shell(as + forbidden));
      assertTrue(
          String.valueOf(refusal.getMessage()).contains("permission denied"), refusal::getMessage);
    }
  }

  @Test
  @Order(4)
  void theCommandsOfRotationAndRecoveryWork() throws IOException {
    try (VaultKeyWrapper wrapper = open(new VaultAuth.TokenFile(folder.resolve("token")));
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      stage.server().shell(blockWith("strongroom/rotate"));
      WrappedKey fresh = wrapper.rewrap(old, CONTEXT);
      stage.server().shell(blockWith("min_decryption_version"));
      stage.server().shell(blockWith("min_available_version"));
      stage.server().shell(blockWith("snapshot save"));
      awaitUnwraps(wrapper, fresh, key);
      assertEquals(
          ProblemCode.KEK_UNUSABLE,
          assertThrows(Problem.class, () -> wrapper.unwrap(old, CONTEXT)).code());
    }
    assertTrue(Files.size(folder.resolve("vault.snap")) > 0);
  }

  @Test
  void theConfigurationIsRead() throws IOException {
    String guide = Files.readString(GUIDE);
    int from = guide.indexOf("```yaml\n") + "```yaml\n".length();
    String yaml =
        """
        origin: https://keys.example.org
        dataDir: data
        storage: {endpoint: "https://s3.example.org", bucket: weights}
        identity:
          issuers:
            - {issuer: "https://i.example.org", audience: strongroom, jwks: {file: jwks.json}}
        policyFile: policy.yaml
        """
            + guide.substring(from, guide.indexOf("```", from));
    KekConfig kek = KeyServiceConfig.parse(yaml, folder).orThrow("the guide's example").kek();
    assertInstanceOf(
        VaultAuth.Kubernetes.class, assertInstanceOf(KekConfig.Vault.class, kek).auth());
  }

  private void assertWorks(VaultAuth auth) {
    try (VaultKeyWrapper wrapper = open(auth);
        SecretBytes key = SecretBytes.random(32, RANDOM);
        SecretBytes again = wrapper.unwrap(wrapper.wrap(key, CONTEXT), CONTEXT)) {
      assertTrue(key.use(again::sameAs));
    }
  }

  private void assertRefused(VaultAuth auth) {
    try (VaultKeyWrapper wrapper = open(auth);
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      Problem problem = assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT));
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, problem.code());
      assertTrue(String.valueOf(problem.getMessage()).contains("login"), problem::getMessage);
    }
  }

  // After a failed login the next one waits a moment: a caller that comes too early asks again.
  private static void awaitUnwraps(VaultKeyWrapper wrapper, WrappedKey wrapped, SecretBytes key) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (true) {
      try (SecretBytes again = wrapper.unwrap(wrapped, CONTEXT)) {
        assertTrue(key.use(again::sameAs));
        return;
      } catch (Problem e) {
        assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, e.code());
        assertTrue(System.nanoTime() < deadline, e::getMessage);
      }
    }
  }

  private VaultKeyWrapper open(VaultAuth auth) {
    return VaultKeyWrapper.open(stage.config("strongroom", auth));
  }

  private String blockWith(String text) {
    return blocks.stream().filter(block -> block.contains(text)).findFirst().orElseThrow();
  }

  private static List<String> blocks(String guide) {
    List<String> blocks = new ArrayList<>();
    Matcher block = BLOCK.matcher(guide);
    while (block.find()) {
      blocks.add(block.group(1));
    }
    return blocks;
  }
}
