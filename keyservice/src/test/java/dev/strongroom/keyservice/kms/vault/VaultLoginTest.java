package dev.strongroom.keyservice.kms.vault;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.VaultAuth;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A login ends in time, whatever answers it, and what it is answered is not trusted. */
@Isolated("sets the proxy selector of the JVM")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VaultLoginTest {
  private static final String HEAD = "HTTP/1.1 200 OK\r\n";
  private static final Duration SOON = Duration.ofMillis(500);

  private final BlockingQueue<Manner> manners = new LinkedBlockingQueue<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  @TempDir private Path folder;
  private ServerSocket server;

  /** How a peer answers. */
  enum Manner {
    STALLS_IN_THE_BODY(HEAD + "Content-Length: 100\r\n\r\n{", ""),
    SENDS_A_BYTE_AT_A_TIME(HEAD + "Content-Length: 1000000\r\n\r\n{", " "),
    NEVER_ENDS_THE_HEAD(HEAD + "x: ", "y"),
    NEVER_ENDS_THE_BODY(
        HEAD + "Transfer-Encoding: chunked\r\n\r\n", "10000\r\n" + " ".repeat(65_536) + "\r\n");

    private final String first;
    private final String again;

    Manner(String first, String again) {
      this.first = first;
      this.again = again;
    }
  }

  @BeforeEach
  void listen() throws IOException {
    Path secret =
        Files.createFile(
            folder.resolve("secret"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(secret, "a-\"secret\\");
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket socket = server.accept();
              Thread.ofVirtual().start(() -> answer(socket));
            }
          } catch (IOException e) {
            // Closed.
          }
        });
  }

  @AfterEach
  void stop() throws IOException {
    over.countDown();
    server.close();
  }

  private void answer(Socket socket) {
    try (socket;
        Scanner requests =
            new Scanner(socket.getInputStream(), US_ASCII).useDelimiter("\r\n\r\n")) {
      asked.add(requests.next());
      Manner manner = manners.take();
      OutputStream out = socket.getOutputStream();
      out.write(manner.first.getBytes(US_ASCII));
      byte[] again = manner.again.getBytes(US_ASCII);
      while (again.length > 1000 || !over.await(20, TimeUnit.MILLISECONDS)) {
        out.write(again);
      }
    } catch (IOException e) {
      // The client has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private KekConfig.Vault config(URI address, boolean tokenFile, Duration attemptTimeout) {
    Path secret = folder.resolve("secret");
    return new KekConfig.Vault(
        address,
        "transit",
        "kek",
        null,
        tokenFile
            ? new VaultAuth.TokenFile(secret)
            : new VaultAuth.AppRole("a-role", secret, "approle"),
        null,
        VaultStage.limits(attemptTimeout));
  }

  private URI address() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  private static void assertAway(TransitEngine engine) {
    Problem problem = assertThrows(Problem.class, engine::requireSound);
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, problem.code(), problem::getMessage);
  }

  @ParameterizedTest
  @EnumSource
  void aLoginEndsInTimeAndTheNextIsTried(Manner manner) {
    for (boolean tokenFile : new boolean[] {false, true}) {
      int before = asked.size();
      manners.addAll(List.of(manner, manner));
      KekConfig.Vault config = config(address(), tokenFile, SOON);
      try (TransitEngine engine = new TransitEngine(config, InstantSource.system())) {
        assertAway(engine);
        while (asked.size() < before + 2) {
          assertAway(engine);
        }
        assertEquals(0, engine.logins());
      }
    }
  }

  @Test
  void whoClosesDoesNotWaitForALoginThatHangs() throws InterruptedException {
    manners.add(Manner.STALLS_IN_THE_BODY);
    KekConfig.Vault config = config(address(), false, Duration.ofMinutes(10));
    VaultClient client = new VaultClient(config, TransitEngine.trust(config));
    VaultSession session =
        new VaultSession(new VaultLogin(config, client), InstantSource.system(), SOON);
    BlockingQueue<Problem> thrown = new LinkedBlockingQueue<>();
    Thread.ofVirtual()
        .start(() ->
            thrown.add(
                assertThrows(
                    Problem.class, () -> session.ticket(Deadline.in(Duration.ofMinutes(10))))));
    while (asked.isEmpty()) {
      Thread.onSpinWait();
    }
    session.close();
    assertTrue(thrown.isEmpty());
    client.close();
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, thrown.take().code());
    assertEquals(
        ProblemCode.KEY_BACKEND_UNAVAILABLE,
        assertThrows(Problem.class, () -> session.ticket(Deadline.in(SOON))).code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "<html>sign in</html>",
        "{\"auth\":null}",
        "{\"auth\":{}}",
        "{\"auth\":{\"client_token\":\"\",\"lease_duration\":60}}",
        "{\"auth\":{\"client_token\":\"t\"}}",
        "{\"auth\":{\"client_token\":\"t\",\"lease_duration\":-1}}",
        "{\"auth\":{\"client_token\":\"t\",\"lease_duration\":\"1h\"}}",
        "{\"auth\":{\"client_token\":\"t\",\"lease_duration\":9223372036854775807}}",
      })
  void anAnswerWithoutATokenAndItsLifeIsNoLogin(String answer) {
    try (ScriptedVault vault = new ScriptedVault()) {
      vault.answers(200, answer);
      KekConfig.Vault config = config(vault.address(), false, Duration.ofSeconds(20));
      try (TransitEngine engine = new TransitEngine(config, InstantSource.system())) {
        assertAway(engine);
        assertEquals(0, engine.logins());
      }
    }
  }

  @Test
  void aLoginIsWithoutATokenAndItsTokenIsUsedAndGivenBack() throws IOException {
    try (ScriptedVault vault = new ScriptedVault()) {
      vault.answers(
          200, "{\"auth\":{\"client_token\":\"t\",\"lease_duration\":60,\"renewable\":true}}");
      KekConfig.Vault config = config(vault.address(), false, Duration.ofSeconds(20));
      new TransitEngine(config, InstantSource.system()).close();
      assertEquals(List.of(), vault.seen());
      try (TransitEngine engine = new TransitEngine(config, InstantSource.system())) {
        engine.requireSound();
      }
      assertEquals(
          List.of("/v1/auth/approle/login", "/v1/transit/keys/kek", "/v1/auth/token/revoke-self"),
          vault.seen().stream().map(ScriptedVault.Seen::path).toList());
      assertEquals(null, vault.seen().get(0).headers().get("X-vault-token"));
      assertEquals(List.of("t"), vault.seen().get(1).headers().get("X-vault-token"));
      assertEquals(List.of("t"), vault.seen().get(2).headers().get("X-vault-token"));
      JsonNode proof = new ObjectMapper().readTree(vault.seen().get(0).body());
      assertEquals("a-role", proof.path("role_id").asText());
      assertEquals("a-\"secret\\", proof.path("secret_id").asText());
      assertEquals(2, proof.size());
    }
  }

  @Test
  void noHttpProxyOfTheJvmIsAsked() {
    List<URI> chosenFor = new CopyOnWriteArrayList<>();
    ProxySelector before = ProxySelector.getDefault();
    ProxySelector.setDefault(
        new ProxySelector() {
          @Override
          public List<Proxy> select(URI uri) {
            chosenFor.add(uri);
            return List.of(Proxy.NO_PROXY);
          }

          @Override
          public void connectFailed(URI uri, SocketAddress address, IOException e) {}
        });
    try (ScriptedVault vault = new ScriptedVault();
        TransitEngine engine =
            new TransitEngine(
                config(vault.address(), true, Duration.ofSeconds(20)), InstantSource.system())) {
      engine.requireSound();
      assertEquals(2, vault.seen().size());
    } finally {
      ProxySelector.setDefault(before);
    }
    // A plain socket asks by itself whether there is a SOCKS proxy.
    chosenFor.removeIf(uri -> uri.getScheme().equals("socket"));
    assertEquals(List.of(), chosenFor);
  }

  @Test
  void anOpeningThatFailsInAnUnforeseenWayGivesTheTokenBack() {
    try (ScriptedVault vault = new ScriptedVault()) {
      vault.answers(
          200, "{\"auth\":{\"client_token\":\"t\",\"lease_duration\":60,\"renewable\":true}}");
      KekConfig.Vault config = config(vault.address(), false, Duration.ofSeconds(20));
      InstantSource clock =
          () -> {
            if (vault.seen().size() == 2) {
              throw new IllegalStateException("as the test wants it");
            }
            return InstantSource.system().instant();
          };
      assertThrows(IllegalStateException.class, () -> VaultKeyWrapper.open(config, clock));
      assertEquals("/v1/auth/token/revoke-self", vault.seen().getLast().path());
    }
  }
}
