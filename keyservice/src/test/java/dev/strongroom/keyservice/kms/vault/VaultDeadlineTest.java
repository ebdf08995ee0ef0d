package dev.strongroom.keyservice.kms.vault;

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
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a call waits for, it ends with its deadline, and the next one works. */
@Timeout(60)
class VaultDeadlineTest {
  private static final int MORE_THAN_ANY_BACKLOG = 64;

  @TempDir private Path folder;
  private final RawPeer peer = new RawPeer();

  private VaultClient client(String address, @Nullable Path caFile, DnsResolver names) {
    KekConfig.Vault config =
        new KekConfig.Vault(
            URI.create(address),
            "transit",
            "kek",
            null,
            new VaultAuth.TokenFile(folder.resolve("token")),
            caFile,
            KekLimits.DEFAULT);
    return new VaultClient(config, TransitEngine.trust(config), names);
  }

  private VaultClient plain(ServerSocket server) {
    return client(
        "http://127.0.0.1:" + server.getLocalPort(), null, SystemDefaultDnsResolver.INSTANCE);
  }

  private static ServerSocket listener(int backlog) throws IOException {
    return new ServerSocket(0, backlog, InetAddress.getLoopbackAddress());
  }

  private static void assertLate(VaultClient client) {
    Deadline soon = Deadline.in(Duration.ofMillis(300));
    Problem late =
        assertThrows(Problem.class, () -> client.get("transit/keys/kek", "token", soon).close());
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, late.code());
    assertTrue(
        String.valueOf(late.getMessage()).endsWith("does not answer in time"), late.getMessage());
  }

  private void assertWorks(VaultClient client) {
    peer.answers.add(RawPeer.SHORT);
    Deadline later = Deadline.in(Duration.ofSeconds(20));
    try (VaultReply reply = client.get("transit/keys/kek", "token", later)) {
      assertEquals(200, reply.status());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        RawPeer.TRICKLE,
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n"
      })
  void anAnswerThatStalls(String answer) throws IOException {
    try (ServerSocket server = listener(10);
        VaultClient client = plain(server)) {
      peer.serve(server);
      peer.answers.add(answer);
      assertLate(client);
      assertWorks(client);
    }
  }

  @Test
  void aPeerThatTakesTheConnectionAndNotTheHandshake() throws Exception {
    SelfSignedKeyStore files = SelfSignedKeyStore.in(folder);
    try (ServerSocket server = RawPeer.tls(files);
        VaultClient client =
            client(
                "https://localhost:" + server.getLocalPort(),
                files.certificate(),
                SystemDefaultDnsResolver.INSTANCE)) {
      assertLate(client);
      peer.serve(server);
      assertWorks(client);
    }
  }

  @Test
  void aPeerThatTakesNoConnection() throws IOException {
    List<Socket> before = new ArrayList<>();
    try (ServerSocket server = listener(1);
        VaultClient client = plain(server)) {
      Assumptions.assumeTrue(isFull(server, before), "this system's backlog has no end");
      assertLate(client);
      peer.serve(server);
      assertWorks(client);
    } finally {
      for (Socket socket : before) {
        socket.close();
      }
    }
  }

  private static boolean isFull(ServerSocket server, List<Socket> before) throws IOException {
    for (int i = 0; i < MORE_THAN_ANY_BACKLOG; i++) {
      Socket socket = new Socket();
      before.add(socket);
      try {
        socket.connect(server.getLocalSocketAddress(), 200);
      } catch (SocketTimeoutException e) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aHostWithSeveralAddressesOfWhichNoneAnswers() throws Exception {
    SelfSignedKeyStore files = SelfSignedKeyStore.in(folder);
    DnsResolver twice =
        new DnsResolver() {
          @Override
          public InetAddress[] resolve(String host) {
            InetAddress loopback = InetAddress.getLoopbackAddress();
            return new InetAddress[] {loopback, loopback};
          }

          @Override
          public String resolveCanonicalHostname(String host) throws UnknownHostException {
            throw new UnknownHostException(host);
          }
        };
    try (ServerSocket server = RawPeer.tls(files);
        VaultClient client =
            client("https://localhost:" + server.getLocalPort(), files.certificate(), twice)) {
      assertLate(client);
      peer.serve(server);
      assertWorks(client);
      assertEquals(2, peer.connected(), "one for each call");
    }
  }
}
