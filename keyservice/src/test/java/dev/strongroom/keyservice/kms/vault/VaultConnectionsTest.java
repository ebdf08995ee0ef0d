package dev.strongroom.keyservice.kms.vault;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server may send, and how its connections end. */
class VaultConnectionsTest {
  private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: vault\r\n\r\n".getBytes(US_ASCII);
  private static final String SHORT = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final int MAX_BODY = 1000;

  @TempDir private Path folder;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger requested = new AtomicInteger();
  private ServerSocket server;
  private VaultConnections connections;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    serve(server);
    connections = connections("http://127.0.0.1:" + server.getLocalPort(), null);
  }

  @AfterEach
  void stop() throws IOException {
    connections.close();
    server.close();
  }

  private VaultConnections connections(String address, @Nullable Path caFile) {
    KekConfig.Vault config =
        new KekConfig.Vault(
            URI.create(address),
            "transit",
            "kek",
            null,
            new VaultAuth.TokenFile(folder.resolve("token")),
            caFile,
            KekLimits.DEFAULT);
    return new VaultConnections(config, VaultConnections.trust(config), MAX_BODY);
  }

  /** Each request gets the next answer; one that is empty ends its connection. */
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
        InputStream in = socket.getInputStream()) {
      while (in.readNBytes(REQUEST.length).length == REQUEST.length) {
        requested.incrementAndGet();
        String answer = answers.take();
        if (answer.isEmpty()) {
          return;
        }
        socket.getOutputStream().write(answer.getBytes(US_ASCII));
      }
    } catch (IOException e) {
      // The client has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private VaultReply exchange() throws IOException {
    return connections.exchange(REQUEST, Deadline.in(Duration.ofSeconds(20)));
  }

  private static byte[] body(VaultReply reply) {
    return reply.body().clone();
  }

  @Test
  void aConnectionIsUsedAgain() throws IOException {
    for (int i = 0; i < 3; i++) {
      answers.add(SHORT);
      assertArrayEquals("ok".getBytes(US_ASCII), body(exchange()));
    }
    assertEquals(1, connected.get());
  }

  @Test
  void aKeptConnectionThatHasEndedIsReplaced() throws IOException {
    answers.addAll(List.of(SHORT, "", SHORT));
    exchange().close();
    assertEquals(200, exchange().status());
    assertEquals(2, connected.get());
    assertEquals(3, requested.get());
  }

  @Test
  void whatMustNotBeSentTwiceIsSentOnce() throws IOException {
    answers.addAll(List.of(SHORT, ""));
    exchange().close();
    Deadline deadline = Deadline.in(Duration.ofSeconds(20));
    assertThrows(IOException.class, () -> connections.exchangeOnce(REQUEST, deadline));
    assertEquals(2, requested.get());
  }

  @Test
  void aNewConnectionThatEndsIsNotTriedAgain() {
    answers.addAll(List.of("", SHORT));
    assertThrows(IOException.class, this::exchange);
    assertEquals(1, requested.get());
  }

  @Test
  void anAnswerInChunksIsWhole() throws IOException {
    answers.add(
        """
        HTTP/1.1 100 Continue

        HTTP/1.1 200 OK
        Transfer-Encoding: chunked

        3;x=y
        abc
        A
        0123456789
        0
        Trailer: x

        """
            .replace("\n", "\r\n"));
    answers.add(SHORT);
    assertArrayEquals("abc0123456789".getBytes(US_ASCII), body(exchange()));
    assertEquals(200, exchange().status());
    assertEquals(1, connected.get());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and what nobody asked for",
      })
  void aConnectionThatCannotBeTrustedToGoOnIsNotUsedAgain(String answer) throws IOException {
    answers.addAll(List.of(answer, SHORT));
    assertArrayEquals("ok".getBytes(US_ASCII), body(exchange()));
    assertEquals(200, exchange().status());
    assertEquals(2, connected.get());
  }

  @Test
  void anAnswerWithoutABodyHasNone() throws IOException {
    answers.addAll(List.of("HTTP/1.1 204 No Content\r\n\r\n", SHORT));
    assertEquals(204, exchange().status());
    assertEquals(200, exchange().status());
    assertEquals(1, connected.get());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\n\r\nno length",
        "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok, and more\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n",
        "HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
      })
  void whatIsNoAnswerIsNotTakenForOne(String answer) {
    answers.addAll(List.of(answer, SHORT));
    assertRefused();
    assertEquals(1, requested.get());
  }

  @Test
  void aHeadWithoutAnEndIsCutOff() {
    answers.add("HTTP/1.1 200 OK\r\n" + "x: y\r\n".repeat(20_000));
    assertRefused();
  }

  /** Not by the end of its time. */
  private void assertRefused() {
    IOException refusal = assertThrows(IOException.class, this::exchange);
    assertFalse(refusal instanceof SocketTimeoutException, refusal::toString);
  }

  @Test
  void bytesThatComeOneByOneDoNotProlongACall() {
    Deadline soon = Deadline.in(Duration.ofMillis(200));
    assertThrows(SocketTimeoutException.class, () -> connections.exchange(REQUEST, soon));
    answers.add(SHORT);
  }

  @Test
  void whoWaitsWhenItIsClosedGetsNoAnswer() throws InterruptedException {
    BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    Thread.ofVirtual().start(() -> thrown.add(assertThrows(IOException.class, this::exchange)));
    while (requested.get() == 0) {
      Thread.onSpinWait();
    }
    connections.close();
    assertEquals(1, List.of(thrown.take()).size());
    assertThrows(IOException.class, this::exchange);
  }

  @Test
  void theCertificateMustNameTheHost() throws Exception {
    SelfSignedKeyStore files = SelfSignedKeyStore.in(folder);
    try (ServerSocket tls = tls(files)) {
      serve(tls);
      answers.add(SHORT);
      try (VaultConnections named =
          connections("https://localhost:" + tls.getLocalPort(), files.certificate())) {
        assertEquals(200, named.exchange(REQUEST, Deadline.in(Duration.ofSeconds(20))).status());
      }
      try (VaultConnections other =
          connections("https://127.0.0.2:" + tls.getLocalPort(), files.certificate())) {
        Deadline deadline = Deadline.in(Duration.ofSeconds(20));
        assertThrows(SSLHandshakeException.class, () -> other.exchange(REQUEST, deadline));
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
