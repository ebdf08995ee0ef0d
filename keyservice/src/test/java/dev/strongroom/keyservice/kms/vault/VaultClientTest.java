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
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server may send, and how its connections end. */
@Timeout(60)
class VaultClientTest {
  private static final String SHORT = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /** Instead of an answer: the connection ends. */
  private static final String END = "";

  /** Instead of an answer: a head that never ends, a byte at a time. */
  private static final String TRICKLE = "...";

  @TempDir private Path folder;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger requested = new AtomicInteger();
  private ServerSocket server;
  private VaultClient client;

  @BeforeEach
  void start() throws Exception {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    serve(server);
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

  private void serve(ServerSocket listener) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket socket = listener.accept();
              connected.incrementAndGet();
              Thread.ofVirtual().start(() -> answer(socket));
            }
          } catch (IOException e) {
            // Closed.
          }
        });
  }

  private void answer(Socket socket) {
    try (socket;
        Scanner requests =
            new Scanner(socket.getInputStream(), US_ASCII).useDelimiter("\r\n\r\n")) {
      while (requests.hasNext()) {
        requests.next();
        requested.incrementAndGet();
        String answer = answers.take();
        if (answer.equals(END)) {
          return;
        }
        if (answer.equals(TRICKLE)) {
          trickle(socket);
        }
        socket.getOutputStream().write(answer.getBytes(US_ASCII));
      }
    } catch (IOException e) {
      // The client has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void trickle(Socket socket) throws IOException, InterruptedException {
    socket.getOutputStream().write("HTTP/1.1 200 OK\r\nx: ".getBytes(US_ASCII));
    CountDownLatch never = new CountDownLatch(1);
    while (!never.await(20, TimeUnit.MILLISECONDS)) {
      socket.getOutputStream().write('y');
    }
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
      answers.add(SHORT);
      assertArrayEquals("ok".getBytes(US_ASCII), get(client).body());
    }
    assertEquals(1, connected.get());
  }

  @Test
  void aKeptConnectionThatHasEndedIsReplaced() {
    answers.addAll(List.of(SHORT, END, SHORT));
    get(client).close();
    assertEquals(200, get(client).status());
    assertEquals(3, requested.get());
    assertEquals(2, connected.get());
  }

  @Test
  void whatIsNotAnsweredIsSentTwiceAndNoMore() {
    answers.addAll(List.of(END, END, SHORT));
    assertAway(() -> get(client));
    assertEquals(2, requested.get());
  }

  @Test
  void whatMustNotBeSentTwiceIsSentOnceOnAFreshConnection() {
    answers.addAll(List.of(SHORT, END, SHORT));
    get(client).close();
    assertAway(
        () -> client.postOnce("rotate", new byte[0], "token", Deadline.in(Duration.ofSeconds(20))));
    assertEquals(2, requested.get());
    assertEquals(2, connected.get());
  }

  @Test
  void anAnswerWithoutABodyHasNone() {
    answers.addAll(List.of("HTTP/1.1 204 No Content\r\n\r\n", SHORT));
    assertEquals(204, get(client).status());
    assertEquals(200, get(client).status());
  }

  @Test
  void aRedirectIsNotFollowed() {
    answers.add(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:"
            + server.getLocalPort()
            + "/elsewhere\r\nContent-Length: 0\r\n\r\n");
    assertEquals(307, get(client).status());
    assertEquals(1, requested.get());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      })
  void whatIsNoAnswerIsNotTakenForOne(String answer) {
    answers.addAll(List.of(answer, END, END));
    assertAway(() -> get(client));
  }

  @Test
  void anAnswerThatIsTooLargeIsNotRead() {
    answers.add("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n" + "x".repeat(1_048_577));
    assertAway(() -> get(client));
  }

  @Test
  void theRestOfAnAnswerThatIsTooLargeIsNotWaitedFor() {
    answers.add("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n");
    Problem refused = assertThrows(Problem.class, () -> get(client));
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, refused.code());
    assertTrue(
        String.valueOf(refused.getMessage()).endsWith("an answer of more than 1048576 bytes"),
        refused.getMessage());
  }

  @Test
  void bytesThatComeOneByOneDoNotProlongACall() {
    answers.add(TRICKLE);
    Deadline soon = Deadline.in(Duration.ofMillis(200));
    Problem late = assertThrows(Problem.class, () -> client.get("transit/keys/kek", "token", soon));
    assertTrue(String.valueOf(late.getMessage()).endsWith("does not answer in time"));
  }

  @Test
  void whoWaitsWhenItIsClosedGetsNoAnswer() throws InterruptedException {
    BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    Thread.ofVirtual().start(() -> thrown.add(thrownBy(client)));
    while (requested.get() == 0) {
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
    assertEquals(0, requested.get());
  }

  @Test
  void theCertificateMustNameTheHost() throws Exception {
    SelfSignedKeyStore files = SelfSignedKeyStore.in(folder);
    try (ServerSocket tls = tls(files)) {
      serve(tls);
      answers.add(SHORT);
      try (VaultClient named =
          client("https://localhost:" + tls.getLocalPort(), files.certificate())) {
        assertEquals(200, get(named).status());
      }
      try (VaultClient other =
          client("https://127.0.0.2:" + tls.getLocalPort(), files.certificate())) {
        assertAway(() -> get(other));
        assertEquals(1, requested.get());
      }
    }
  }

  private static ServerSocket tls(SelfSignedKeyStore files) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    char[] password = files.password().toCharArray();
    try (InputStream in = Files.newInputStream(files.keyStore())) {
      store.load(in, password);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context.getServerSocketFactory().createServerSocket(0);
  }
}
