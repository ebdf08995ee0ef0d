package dev.strongroom.keyservice.kms.vault;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server may send, and how its connections end. */
@Timeout(60)
class VaultClientTest {
  @TempDir private Path folder;
  private final RawPeer peer = new RawPeer();
  private ServerSocket server;
  private VaultClient client;

  @BeforeEach
  void start() throws Exception {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    peer.serve(server);
    client = client("http://127.0.0.1:" + server.getLocalPort(), null);
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    server.close();
  }

  private VaultClient client(String address, @Nullable Path caFile) {
    KekConfig.Vault config =
        new KekConfig.Vault(
            URI.create(address),
            "transit",
            "kek",
            null,
            new VaultAuth.TokenFile(folder.resolve("token")),
            caFile,
            KekLimits.DEFAULT);
    return new VaultClient(config, TransitEngine.trust(config));
  }

  private VaultReply get(VaultClient from) {
    return from.get("transit/keys/kek", "token", Deadline.in(Duration.ofSeconds(20)));
  }

  private Throwable thrownBy(VaultClient from) {
    try {
      get(from).close();
      return new AssertionError("there was an answer");
    } catch (RuntimeException e) {
      return e;
    }
  }

  private static void assertAway(Executable call) {
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, assertThrows(Problem.class, call).code());
  }

  @Test
  void aConnectionIsUsedAgain() {
    for (int i = 0; i < 3; i++) {
      peer.answers.add(RawPeer.SHORT);
      assertArrayEquals("ok".getBytes(US_ASCII), get(client).body());
    }
    assertEquals(1, peer.connected());
  }

  @Test
  void aKeptConnectionThatHasEndedIsReplaced() {
    peer.answers.addAll(List.of(RawPeer.SHORT, RawPeer.END, RawPeer.SHORT));
    get(client).close();
    assertEquals(200, get(client).status());
    assertEquals(3, peer.requested());
    assertEquals(2, peer.connected());
  }

  @Test
  void whatIsNotAnsweredIsSentTwiceAndNoMore() {
    peer.answers.addAll(List.of(RawPeer.END, RawPeer.END, RawPeer.SHORT));
    assertAway(() -> get(client));
    assertEquals(2, peer.requested());
  }

  @Test
  void whatMustNotBeSentTwiceIsSentOnceOnAFreshConnection() {
    peer.answers.addAll(List.of(RawPeer.SHORT, RawPeer.END, RawPeer.SHORT));
    get(client).close();
    assertAway(
        () -> client.postOnce("rotate", new byte[0], "token", Deadline.in(Duration.ofSeconds(20))));
    assertEquals(2, peer.requested());
    assertEquals(2, peer.connected());
  }

  @Test
  void anAnswerWithoutABodyHasNone() {
    peer.answers.addAll(List.of("HTTP/1.1 204 No Content\r\n\r\n", RawPeer.SHORT));
    assertEquals(204, get(client).status());
    assertEquals(200, get(client).status());
  }

  @Test
  void aRedirectIsNotFollowed() {
    peer.answers.add(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:"
            + server.getLocalPort()
            + "/elsewhere\r\nContent-Length: 0\r\n\r\n");
    assertEquals(307, get(client).status());
    assertEquals(1, peer.requested());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      })
  void whatIsNoAnswerIsNotTakenForOne(String answer) {
    peer.answers.addAll(List.of(answer, RawPeer.END, RawPeer.END));
    assertAway(() -> get(client));
  }

  @ParameterizedTest
  @MethodSource("longHeads")
  void aHeadThatIsTooLongIsNotRead(String answer) {
    peer.answers.addAll(List.of(answer, RawPeer.SHORT));
    Problem refused = assertThrows(Problem.class, () -> get(client));
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, refused.code());
    assertTrue(
        String.valueOf(refused.getMessage()).endsWith("sends too long a head"),
        refused.getMessage());
    assertEquals(200, get(client).status());
  }

  static List<String> longHeads() {
    String line = "x".repeat(8193);
    String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    return List.of(
        "HTTP/1.1 200 " + line,
        "HTTP/1.1 200 OK\r\nX: " + line,
        "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(101),
        chunked + "2;" + line,
        chunked + "0\r\nX: " + line,
        chunked + "0\r\n" + "X: y\r\n".repeat(101));
  }

  @Test
  void aHeadThatAProxyMadeLongerIsRead() {
    peer.answers.add(
        "HTTP/1.1 200 OK\r\nX: "
            + "x".repeat(8000)
            + "\r\n"
            + "X: y\r\n".repeat(97)
            + "Content-Length: 2\r\n\r\nok");
    assertArrayEquals("ok".getBytes(US_ASCII), get(client).body());
  }

  @Test
  void anAnswerThatIsTooLargeIsNotRead() {
    peer.answers.add("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n" + "x".repeat(1_048_577));
    assertAway(() -> get(client));
  }

  @Test
  void theRestOfAnAnswerThatIsTooLargeIsNotWaitedFor() {
    peer.answers.add("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n");
    Problem refused = assertThrows(Problem.class, () -> get(client));
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, refused.code());
    assertTrue(
        String.valueOf(refused.getMessage()).endsWith("an answer of more than 1048576 bytes"),
        refused.getMessage());
  }

  @Test
  void whoWaitsWhenItIsClosedGetsNoAnswer() throws InterruptedException {
    BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    Thread.ofVirtual().start(() -> thrown.add(thrownBy(client)));
    while (peer.requested() == 0) {
      Thread.onSpinWait();
    }
    client.close();
    assertTrue(thrown.take() instanceof Problem);
    assertAway(() -> get(client));
  }

  @Test
  void aTokenThatWouldBeAnotherHeaderIsNotSent() {
    Problem refused =
        assertThrows(
            Problem.class,
            () -> client.get("transit/keys/kek", "t\r\nX: y", Deadline.in(Duration.ofSeconds(20))));
    assertEquals(ProblemCode.KEK_UNUSABLE, refused.code());
    assertEquals(0, peer.requested());
  }

  @Test
  void theCertificateMustNameTheHost() throws Exception {
    SelfSignedKeyStore files = SelfSignedKeyStore.in(folder);
    try (ServerSocket tls = RawPeer.tls(files)) {
      peer.serve(tls);
      peer.answers.add(RawPeer.SHORT);
      try (VaultClient named =
          client("https://localhost:" + tls.getLocalPort(), files.certificate())) {
        assertEquals(200, get(named).status());
      }
      try (VaultClient other =
          client("https://127.0.0.2:" + tls.getLocalPort(), files.certificate())) {
        assertAway(() -> get(other));
        assertEquals(1, peer.requested());
      }
    }
  }
}
