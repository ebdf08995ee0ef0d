package dev.strongroom.delivery.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.ScriptedService;
import dev.strongroom.delivery.ScriptedService.Canned;
import dev.strongroom.delivery.SealedVersion;
import dev.strongroom.delivery.TestAuthority;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyServiceClientTest {
  @TempDir Path directory;

  private final AtomicLong clock = new AtomicLong();
  private final Timing timing =
      new Timing(clock::get, () -> 0L, pause -> clock.addAndGet(pause.toNanos()));
  private final SigningKey proofKey = SigningKey.generate(SignatureAlgorithm.EDDSA);
  private final LeaseId lease = LeaseId.random(new SecureRandom());
  private static @TempDir Path authorityFolder;
  private static TestAuthority authority;
  private ScriptedService service;
  private KeyServiceClient client;
  private Path tokenFile;

  @BeforeAll
  static void openAuthority() {
    authority = new TestAuthority(authorityFolder, InstantSource.system());
  }

  @AfterAll
  static void closeAuthority() {
    authority.close();
  }

  @BeforeEach
  void open() {
    service =
        new ScriptedService(
            authority,
            SealedVersion.typical(),
            index -> {
              throw new IllegalStateException("no urls here");
            });
    tokenFile = ScriptedService.write(directory.resolve("token"), "first.token.x\n");
    client = client(service.url(), service.certificate());
  }

  private KeyServiceClient client(String url, Path ca) {
    ClientLimits limits =
        new ClientLimits(
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            RetryLimits.within(Duration.ofSeconds(10)),
            1 << 20);
    return new KeyServiceClient(
        ServiceAddress.of(url, TestAuthority.ORIGIN),
        () -> TlsTrust.of(ca),
        TokenSource.file(tokenFile),
        limits,
        timing,
        InstantSource.system());
  }

  @AfterEach
  void close() {
    client.close();
    service.close();
  }

  private ProblemCode refused(Runnable request) {
    return assertThrows(Problem.class, request::run).code();
  }

  @Test
  void aBusyServiceIsAskedAgainAfterThePauseItAskedFor() {
    Canned busy = Canned.problem(ProblemCode.OVERLOADED);
    service.lay(
        "/v1/nonces",
        busy,
        new Canned(429, Map.of("Retry-After", "3"), ""),
        new Canned(502, Map.of(), "<html>bad gateway</html>"));
    assertEquals(41, client.nonce().nonce().length());
    assertEquals(4, service.seen.size());
    assertTrue(clock.get() >= Duration.ofSeconds(3).toNanos());
  }

  @Test
  void aServiceThatStaysBusyIsGivenUpAtTheDeadline() {
    for (int i = 0; i < 200; i++) {
      service.lay("/v1/nonces", Canned.problem(ProblemCode.OVERLOADED));
    }
    assertEquals(ProblemCode.OVERLOADED, refused(client::nonce));
    assertTrue(clock.get() <= Duration.ofSeconds(10).toNanos());
  }

  @Test
  void aNoIsNotAskedAgain() {
    service.lay("/v1/nonces", Canned.problem(ProblemCode.ACCESS_DENIED));
    assertEquals(ProblemCode.ACCESS_DENIED, refused(client::nonce));
    assertEquals(1, service.seen.size());
  }

  @Test
  void everyAttemptHasAProofOfItsOwnAndTheTokenOfThatMoment() {
    service.lay(
        "/wiped", Canned.problem(ProblemCode.OVERLOADED), Canned.problem(ProblemCode.OVERLOADED));
    var wiped =
        new dev.strongroom.core.grant.Lease.Wiped(
            dev.strongroom.core.grant.Lease.EndCause.RELEASED,
            1,
            2,
            dev.strongroom.core.grant.Lease.ConsumerEnd.NONE_KNOWN,
            false);
    client.wiped(proofKey, lease, wiped);
    List<ScriptedService.Seen> seen = List.copyOf(service.seen);
    assertEquals(3, seen.size());
    assertNotEquals(seen.get(0).jti(), seen.get(1).jti());
    assertEquals("DPoP first.token.x", seen.get(2).token());
    ScriptedService.write(tokenFile, "second.token.x");
    client.wiped(proofKey, lease, wiped);
    assertEquals("DPoP second.token.x", List.copyOf(service.seen).get(3).token());
    assertEquals(wiped, service.wiped.peek());
  }

  @Test
  void aRenewalIsSentOnce() {
    service.lay("/renew", Canned.problem(ProblemCode.OVERLOADED));
    assertEquals(ProblemCode.OVERLOADED, refused(() -> client.renew(proofKey, lease, 1)));
    assertEquals(1, service.seen.size());
  }

  @Test
  void anyRequestCanBeMadeWithAProofOverItsPathAndNotItsQuery() {
    service.lay("/v1/leases", new Canned(200, Map.of(), "{\"leases\":[]}"));
    JsonNode answer =
        client.call(proofKey, "GET", "/v1/leases?model=acme/chat", null, JsonNode.class);
    assertEquals(0, answer.path("leases").size());
    service.lay("/v1/drafts/x", new Canned(204, Map.of(), ""));
    client.call(proofKey, "DELETE", "/v1/drafts/x", null);
    assertEquals(2, service.seen.size());
  }

  @Test
  void aRedirectIsNotFollowed() {
    service.lay("/v1/nonces", new Canned(307, Map.of("Location", "/v1/elsewhere"), ""));
    assertEquals(ProblemCode.INTERNAL, refused(client::nonce));
    assertEquals(1, service.seen.size());
  }

  @Test
  void anAnswerThatIsTooLongIsNotRead() {
    Canned flood = new Canned(201, Map.of(), "x".repeat(2 << 20));
    for (int i = 0; i < 200; i++) {
      service.lay("/v1/nonces", flood);
    }
    assertEquals(ProblemCode.SERVICE_UNREACHABLE, refused(client::nonce));
  }

  @Test
  void anAnswerWithUnknownMembersIsRefused() {
    service.lay(
        "/v1/nonces",
        new Canned(
            201, Map.of(), "{\"nonce\":\"" + "n".repeat(40) + "\",\"expiresAt\":1,\"x\":1}"));
    assertEquals(ProblemCode.MALFORMED_REQUEST, refused(client::nonce));
  }

  @Test
  void whatTheServiceSaysIsMadeHarmlessForATerminal() {
    service.lay(
        "/v1/nonces",
        new Canned(
            403,
            Map.of(),
            "{\"code\":\"access-denied\",\"detail\":\"a\\u001b[2Jb\",\"explanation\":\"exp-1\"}"));
    Problem problem = assertThrows(Problem.class, client::nonce);
    assertEquals(
        "a[2Jb; an operator sees why: strongroom grant explain exp-1", problem.getMessage());
  }

  @Test
  void aCodeOfANewerServiceIsShown() {
    service.lay("/v1/nonces", new Canned(403, Map.of(), "{\"code\":\"moon-phase\"}"));
    Problem problem = assertThrows(Problem.class, client::nonce);
    assertEquals(ProblemCode.INTERNAL, problem.code());
    assertTrue(problem.toString().contains("moon-phase"));
  }

  @Test
  void aServiceWithACertificateOfAnotherAuthorityIsNotTalkedTo() throws IOException {
    Path other = Files.createDirectory(directory.resolve("other"));
    Path ca = SelfSignedKeyStore.in(other).certificate();
    try (KeyServiceClient stranger = client(service.url(), ca)) {
      assertEquals(ProblemCode.SERVICE_UNREACHABLE, refused(stranger::nonce));
    }
    assertTrue(service.seen.isEmpty());
  }

  @Test
  void aServiceOutOfReachIsToldOfWithTheCause() throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    assertUnreachable("https://127.0.0.1:" + closed, "the connection was refused");
    // RFC 6761 section 6.4: no such name exists anywhere.
    assertUnreachable("https://keys.invalid:8443", "the name is not known");
  }

  private void assertUnreachable(String url, String cause) {
    try (KeyServiceClient other = client(url, service.certificate())) {
      Problem problem = assertThrows(Problem.class, other::nonce);
      assertEquals(ProblemCode.SERVICE_UNREACHABLE, problem.code());
      String message = "" + problem.getMessage();
      assertTrue(message.contains(url.substring("https://".length()) + ": " + cause), message);
    }
  }

  @Test
  void theCertificateMustNameTheHost() {
    try (KeyServiceClient other =
        client(service.url().replace("127.0.0.1", "127.0.0.2"), service.certificate())) {
      assertEquals(ProblemCode.SERVICE_UNREACHABLE, refused(other::nonce));
    }
    assertTrue(service.seen.isEmpty());
  }

  @Test
  void noTokenNoRequest() throws IOException {
    Files.writeString(tokenFile, " \n");
    assertEquals(ProblemCode.TOKEN_MISSING, refused(() -> client.renew(proofKey, lease, 1)));
    Files.writeString(tokenFile, "two tokens");
    assertEquals(ProblemCode.TOKEN_MALFORMED, refused(() -> client.renew(proofKey, lease, 1)));
    Files.delete(tokenFile);
    assertEquals(ProblemCode.TOKEN_MISSING, refused(() -> client.renew(proofKey, lease, 1)));
    assertTrue(service.seen.isEmpty());
  }

  @Test
  void theAddressIsAnHttpsRoot() {
    for (String bad :
        List.of("http://keys", "https://keys/path", "https://a@keys", "keys", "https://k?q")) {
      assertEquals(
          ProblemCode.CONFIGURATION_INVALID,
          refused(() -> ServiceAddress.of(bad, TestAuthority.ORIGIN)),
          bad);
    }
    assertEquals(
        "https://keys:8443", ServiceAddress.of("https://keys:8443/", "x").base().toString());
  }

  @Test
  void aCaFileMustHoldCertificates() {
    Path empty = ScriptedService.write(directory.resolve("empty.pem"), "");
    assertEquals(ProblemCode.CONFIGURATION_INVALID, refused(() -> TlsTrust.of(empty)));
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        refused(() -> TlsTrust.of(directory.resolve("absent.pem"))));
    assertFalse(Files.exists(directory.resolve("absent.pem")));
  }
}
