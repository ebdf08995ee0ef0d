package dev.strongroom.delivery.grant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.delivery.ScriptedService;
import dev.strongroom.delivery.ScriptedService.Canned;
import dev.strongroom.delivery.SealedVersion;
import dev.strongroom.delivery.TestAuthority;
import dev.strongroom.delivery.attest.Attester;
import dev.strongroom.delivery.client.ClientLimits;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.client.ServiceAddress;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.client.TokenSource;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A service that cannot decide now is asked again when it wants to be, within the time there is.
 */
class GrantFlowTest {
  private static final GrantWish WISH =
      new GrantWish(
          ModelVersion.parse("acme/chat:3"),
          SealSuite.X25519,
          DeliveryMode.SIDECAR,
          ExpiryMode.WIPE,
          null,
          null);
  private static final Canned AWAY = away("7");

  @TempDir Path directory;
  private final AtomicLong clock = new AtomicLong();
  private final List<Duration> pauses = new ArrayList<>();
  private final List<ProblemCode> troubles = new ArrayList<>();
  private final Timing timing =
      new Timing(
          clock::get,
          () -> 0L,
          pause -> {
            pauses.add(pause);
            clock.addAndGet(pause.toNanos());
          });
  private TestAuthority authority;
  private ScriptedService service;
  private KeyServiceClient client;

  private static Canned away(String retryAfter) {
    Canned problem = Canned.problem(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    return new Canned(problem.status(), Map.of("Retry-After", retryAfter), problem.body());
  }

  @BeforeEach
  void open() {
    authority = new TestAuthority(directory, InstantSource.system());
    service =
        new ScriptedService(
            authority,
            SealedVersion.typical(),
            index ->
                new ObjectUrl(
                    index, "https://storage.test/object", Map.of("If-Match", "\"x\""), 1, 60));
    client =
        new KeyServiceClient(
            ServiceAddress.of(service.url(), TestAuthority.ORIGIN),
            () -> TlsTrust.of(service.certificate()),
            TokenSource.file(ScriptedService.write(directory.resolve("token"), "first.token.x\n")),
            ClientLimits.DEFAULT,
            timing,
            InstantSource.system());
  }

  @AfterEach
  void close() {
    client.close();
    service.close();
    authority.close();
  }

  private HeldGrant ask(Duration within) {
    return new GrantFlow(
            client,
            CompletableFuture.completedFuture(client.nonce()),
            Attester.NONE,
            new GrantVerification(authority.trust(), InstantSource.system()),
            RetryLimits.within(within),
            timing,
            System::nanoTime)
        .ask(WISH, problem -> troubles.add(problem.code()));
  }

  @Test
  void aServiceWhoseBackendIsAwayIsAskedAgainWhenItWants() {
    service.lay("/v1/grants", AWAY, AWAY);
    ask(Duration.ofSeconds(60)).close();
    assertEquals(2, pauses.size());
    for (Duration pause : pauses) {
      assertTrue(pause.compareTo(Duration.ofSeconds(7)) >= 0, pauses::toString);
    }
    assertEquals(
        List.of(ProblemCode.KEY_BACKEND_UNAVAILABLE, ProblemCode.KEY_BACKEND_UNAVAILABLE),
        troubles);
    List<String> bodies =
        service.seen.stream()
            .filter(seen -> seen.path().equals("/v1/grants"))
            .map(ScriptedService.Seen::body)
            .distinct()
            .toList();
    assertEquals(3, bodies.size(), "each attempt has a nonce and keys of its own");
  }

  @Test
  void whoHasNoTimeLeftForThatSaysWhatIsWrong() {
    service.lay("/v1/grants", AWAY);
    Problem problem = assertThrows(Problem.class, () -> ask(Duration.ofSeconds(5)).close());
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, problem.code());
    assertEquals(List.of(), pauses);
  }
}
