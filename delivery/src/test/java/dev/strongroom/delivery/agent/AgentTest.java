package dev.strongroom.delivery.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.ScriptedService;
import dev.strongroom.delivery.ScriptedService.Canned;
import dev.strongroom.delivery.SealedVersion;
import dev.strongroom.delivery.TargetDirectory;
import dev.strongroom.delivery.TestAuthority;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.source.ObjectServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole deliveries, against a scripted service and a real storage server, in real memory. */
@Timeout(60)
class AgentTest {
  @TempDir Path directory;

  private final SealedVersion version = SealedVersion.typical();
  private final TargetDirectory target = new TargetDirectory();
  private final LinkedBlockingQueue<DeliveryEvent> events = new LinkedBlockingQueue<>();
  private static @TempDir Path authorityFolder;
  private static TestAuthority authority;
  private ObjectServer storage;
  private ScriptedService service;

  @BeforeAll
  static void openAuthority() {
    authority = new TestAuthority(authorityFolder, InstantSource.system());
  }

  @AfterAll
  static void closeAuthority() {
    authority.close();
  }

  @BeforeEach
  void open() throws IOException {
    storage = ObjectServer.wellBehaved(version.objects());
    service = new ScriptedService(authority, version, index -> storage.sign(index));
    Files.writeString(directory.resolve("token"), "a.b.c");
    Files.write(directory.resolve("trust.json"), CanonicalJson.writeRecord(authority.trust()));
  }

  @AfterEach
  void close() {
    service.close();
    storage.close();
    target.close();
  }

  private AgentConfig config() {
    return config(target.model(), null);
  }

  private AgentConfig config(
      Path place, AgentConfig.@org.jspecify.annotations.Nullable Consumer consumer) {
    return new AgentConfig(
        service.url(),
        service.certificate().toString(),
        directory.resolve("trust.json").toString(),
        directory.resolve("token").toString(),
        version.manifest().model(),
        version.manifest().version(),
        place.toString(),
        List.of(storage.origin()),
        null,
        null,
        null,
        null,
        null,
        consumer,
        0,
        2,
        List.of(AgentConfig.SWAP),
        1L,
        1L,
        null,
        null,
        null,
        null);
  }

  private ExitCode run(AgentConfig config, DeliveryMode mode) {
    return new Agent(config, mode, events::add, System.nanoTime()).run();
  }

  /** An agent on a thread of its own, as {@code main} has it. */
  private final class Running {
    final CompletableFuture<Agent> agent = new CompletableFuture<>();
    final CompletableFuture<ExitCode> exit = new CompletableFuture<>();

    Running(AgentConfig config, DeliveryMode mode) {
      Thread.ofPlatform()
          .start(() -> {
            try {
              Agent created = new Agent(config, mode, events::add, System.nanoTime());
              agent.complete(created);
              exit.complete(created.run());
            } catch (Throwable e) {
              agent.completeExceptionally(e);
              exit.completeExceptionally(e);
            }
          });
    }
  }

  private <T extends DeliveryEvent> T await(Class<T> type) throws InterruptedException {
    while (true) {
      DeliveryEvent event = events.poll(20, TimeUnit.SECONDS);
      assertNotNull(event, "no " + type.getSimpleName());
      if (type.isInstance(event)) {
        return type.cast(event);
      }
    }
  }

  private void modelIsThere() throws IOException {
    for (ManifestFile file : version.manifest().files()) {
      assertArrayEquals(
          version.plaintexts().get(file.path()),
          Files.readAllBytes(target.model().resolve(file.path().value())));
    }
    assertTrue(Files.exists(target.parent().resolve("chat.ready")));
  }

  private List<String> failures() {
    List<String> codes = new ArrayList<>();
    for (DeliveryEvent event : events) {
      if (event instanceof DeliveryEvent.Failed failed) {
        codes.add(failed.code().wireName());
      }
    }
    return codes;
  }

  private void leavesNothing(ExitCode exit, ProblemCode code) {
    assertEquals(exit, run(config(), DeliveryMode.SIDECAR));
    assertEquals(List.of(code.wireName()), failures());
    assertEquals(List.of(), target.names());
  }

  @Test
  void aRevocationTakesTheModelAway() throws Exception {
    Running running = new Running(config(), DeliveryMode.SIDECAR);
    await(DeliveryEvent.Ready.class);
    modelIsThere();
    service.push(Lease.EndCause.REVOKED);
    assertEquals(ExitCode.DONE, running.exit.get(30, TimeUnit.SECONDS));
    assertEquals(List.of(), target.names());
    assertEquals(
        new Lease.Wiped(
            Lease.EndCause.REVOKED,
            version.manifest().files().size(),
            version.manifest().totals().plaintextBytes(),
            Lease.ConsumerEnd.NONE_KNOWN,
            true),
        service.wiped.poll());
  }

  @Test
  void aLeaseIsRenewedAndGivenBack() throws Exception {
    service.leaseSeconds = 30;
    service.renewAfterSeconds = 1;
    Running running = new Running(config(), DeliveryMode.SIDECAR);
    assertEquals(1, await(DeliveryEvent.Renewed.class).sequence());
    assertEquals(2, await(DeliveryEvent.Renewed.class).sequence());
    running.agent.get().stop("the test is over");
    assertEquals(ExitCode.DONE, running.exit.get(30, TimeUnit.SECONDS));
    assertEquals(List.of(), target.names());
    Lease.Wiped wiped = service.wiped.poll();
    assertNotNull(wiped);
    assertEquals(Lease.EndCause.RELEASED, wiped.cause());
  }

  @Test
  void theConsumerEndsBeforeTheFilesDo() throws Exception {
    Path pidFile = directory.resolve("consumer.pid");
    Process consumer = new ProcessBuilder("sleep", "1000").start();
    Files.writeString(pidFile, consumer.pid() + "\n");
    Running running =
        new Running(
            config(target.model(), new AgentConfig.Consumer(null, pidFile.toString(), 5L)),
            DeliveryMode.SIDECAR);
    await(DeliveryEvent.Ready.class);
    service.push(Lease.EndCause.SUPERSEDED);
    assertEquals(Lease.ConsumerEnd.ENDED, await(DeliveryEvent.ConsumerStopped.class).end());
    // It has ended; its parent, this test, may not have been told yet.
    assertTrue(consumer.waitFor(10, TimeUnit.SECONDS));
    await(DeliveryEvent.Wiped.class);
    assertEquals(ExitCode.DONE, running.exit.get(30, TimeUnit.SECONDS));
    Lease.Wiped wiped = service.wiped.poll();
    assertNotNull(wiped);
    assertEquals(Lease.ConsumerEnd.ENDED, wiped.consumer());
    assertEquals(Lease.EndCause.SUPERSEDED, wiped.cause());
  }

  @Test
  void aPidFileThatNamesTheSidecarDoesNotSaveTheModel() throws Exception {
    Path pidFile = directory.resolve("consumer.pid");
    Files.writeString(pidFile, ProcessHandle.current().pid() + "\n");
    Running running =
        new Running(
            config(target.model(), new AgentConfig.Consumer(null, pidFile.toString(), 5L)),
            DeliveryMode.SIDECAR);
    await(DeliveryEvent.Ready.class);
    service.push(Lease.EndCause.REVOKED);
    assertEquals(ExitCode.DONE, running.exit.get(30, TimeUnit.SECONDS));
    assertEquals(List.of(), target.names());
    Lease.Wiped wiped = service.wiped.poll();
    assertNotNull(wiped);
    assertEquals(Lease.ConsumerEnd.UNCONFIRMED, wiped.consumer());
  }

  @Test
  void aModelThatSomebodyMovedAwayIsNotAcknowledgedAsWiped() throws Exception {
    Running running = new Running(config(), DeliveryMode.SIDECAR);
    await(DeliveryEvent.Ready.class);
    Path elsewhere = target.parent().resolve("elsewhere");
    Files.move(target.model(), elsewhere);
    service.push(Lease.EndCause.REVOKED);
    assertEquals(ExitCode.TARGET, running.exit.get(30, TimeUnit.SECONDS));
    assertTrue(service.wiped.isEmpty());
  }

  @Test
  void anInitContainerDeliversAndLeaves() throws Exception {
    assertEquals(ExitCode.DONE, run(config(), DeliveryMode.INIT));
    modelIsThere();
    assertTrue(service.wiped.isEmpty());
    assertEquals(1, events.stream().filter(DeliveryEvent.Left.class::isInstance).count());
    assertTrue(events.stream().noneMatch(DeliveryEvent.LeaseOver.class::isInstance));
  }

  @Test
  void anInitContainerThatFailsTellsThatItsLeaseIsOver() {
    storage.close();
    storage = new ObjectServer(version.objects(), (request, right) -> ObjectServer.plain(404));
    assertEquals(ExitCode.INTEGRITY, run(config(), DeliveryMode.INIT));
    assertEquals(1, events.stream().filter(DeliveryEvent.LeaseOver.class::isInstance).count());
    assertTrue(events.stream().noneMatch(DeliveryEvent.Left.class::isInstance));
  }

  @Test
  void aFaultAfterTheGrantTakesAwayWhatAnEarlierProcessLeft() {
    run(config(), DeliveryMode.INIT);
    events.clear();
    service.answer =
        response ->
            new dev.strongroom.core.grant.GrantResponse(
                response.grant(),
                response.sealedKey(),
                response.manifest(),
                List.of(
                    new dev.strongroom.core.grant.ObjectUrl(
                        version.manifest().files().size(),
                        storage.origin() + "/x",
                        java.util.Map.of("If-Match", "\"x\""),
                        1,
                        60)),
                response.leaf(),
                response.receipt());
    leavesNothing(ExitCode.INTEGRITY, ProblemCode.SOURCE_MISBEHAVED);
    Lease.Wiped wiped = service.wiped.poll();
    assertNotNull(wiped);
    assertEquals(version.manifest().files().size(), wiped.files());
    assertTrue(wiped.copiesPossible());
  }

  @Test
  void anInitContainerThatIsRevokedAtTheLastMomentLeavesNothing() {
    var over = new java.util.concurrent.CountDownLatch(1);
    ExitCode exit =
        new Agent(
                config(),
                DeliveryMode.INIT,
                event -> {
                  if (event instanceof DeliveryEvent.LeaseOver) {
                    over.countDown();
                  }
                  if (event instanceof DeliveryEvent.Ready) {
                    service.push(Lease.EndCause.REVOKED);
                    try {
                      over.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }
                },
                System.nanoTime())
            .run();
    assertEquals(ExitCode.DENIED, exit);
    assertEquals(List.of(), target.names());
    assertEquals(1, service.wiped.size());
  }

  @Test
  void readinessFollowsTheModel() throws Exception {
    Agent[] created = new Agent[1];
    CompletableFuture<Integer> port = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              created[0] =
                  new Agent(config(), DeliveryMode.SIDECAR, events::add, System.nanoTime());
              port.complete(created[0].readinessPort());
              created[0].run();
            });
    await(DeliveryEvent.Ready.class);
    assertEquals(200, status(port.get(), "/readyz"));
    assertEquals(200, status(port.get(), "/livez"));
    created[0].stop("the test is over");
    thread.join();
  }

  private static int status(int port, String path) throws IOException {
    return ((HttpURLConnection)
            URI.create("http://127.0.0.1:" + port + path).toURL().openConnection())
        .getResponseCode();
  }

  @Test
  void aDenialLeavesNothing() {
    service.lay("/v1/grants", Canned.problem(ProblemCode.ACCESS_DENIED));
    leavesNothing(ExitCode.DENIED, ProblemCode.ACCESS_DENIED);
  }

  @Test
  void aServiceThatStaysAwayLeavesNothing() {
    service.close();
    leavesNothing(ExitCode.UNAVAILABLE, ProblemCode.SERVICE_UNREACHABLE);
  }

  @Test
  void anAnswerThatDoesNotVerifyLeavesNothing() {
    service.answer =
        response ->
            new dev.strongroom.core.grant.GrantResponse(
                response.grant(),
                response.sealedKey(),
                response.manifest(),
                response.objects(),
                response.leaf(),
                "");
    leavesNothing(ExitCode.INTEGRITY, ProblemCode.RECEIPT_INVALID);
  }

  @Test
  void aFlippedByteInStorageIsRefusedBeforeReadyAndTold() {
    version.objects().get(version.indexOf("shards/model-1.safetensors"))[5000] ^= 1;
    leavesNothing(ExitCode.INTEGRITY, ProblemCode.CIPHERTEXT_CORRUPT);
    assertTrue(events.stream().noneMatch(DeliveryEvent.Ready.class::isInstance));
    assertEquals(
        new Lease.Wiped(Lease.EndCause.RELEASED, 0, 0, Lease.ConsumerEnd.NONE_KNOWN, false),
        service.wiped.poll());
  }

  @Test
  void aStorageThatIsNotListedIsNotAsked() {
    AgentConfig right = config();
    AgentConfig other =
        new AgentConfig(
            right.service(),
            right.caFile(),
            right.trustBundle(),
            right.tokenFile(),
            right.model(),
            right.version(),
            right.target(),
            List.of("https://s3.example.org"),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            right.exceptions(),
            1L,
            1L,
            null,
            null,
            null,
            null);
    assertEquals(ExitCode.CONFIGURATION, run(other, DeliveryMode.SIDECAR));
    assertEquals(List.of("storage-host-refused"), failures());
    assertTrue(storage.seen.isEmpty());
    assertEquals(List.of(), target.names());
  }

  @Test
  void aRestartUsesWhatIsThereAfterAFreshGrant() throws Exception {
    run(config(), DeliveryMode.INIT);
    int before = storage.seen.size();
    long granted = service.seen.stream().filter(s -> s.path().equals("/v1/grants")).count();
    assertEquals(ExitCode.DONE, run(config(), DeliveryMode.INIT));
    await(DeliveryEvent.Reused.class);
    modelIsThere();
    assertEquals(before, storage.seen.size());
    assertEquals(
        granted + 1, service.seen.stream().filter(s -> s.path().equals("/v1/grants")).count());
  }

  @Test
  void aRestartDoesNotUseWhatWasChanged() throws Exception {
    run(config(), DeliveryMode.INIT);
    Path file = target.model().resolve("config.json");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    byte[] bytes = Files.readAllBytes(file);
    bytes[3] ^= 1;
    Files.write(file, bytes);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    int before = storage.seen.size();
    assertEquals(ExitCode.DONE, run(config(), DeliveryMode.INIT));
    modelIsThere();
    assertTrue(storage.seen.size() > before);
  }

  @Test
  void aRestartThatIsDeniedTakesAwayWhatIsThere() {
    run(config(), DeliveryMode.INIT);
    events.clear();
    service.lay("/v1/grants", Canned.problem(ProblemCode.REVOKED));
    leavesNothing(ExitCode.DENIED, ProblemCode.REVOKED);
    assertTrue(events.stream().anyMatch(DeliveryEvent.Wiped.class::isInstance));
  }

  @Test
  void anAcknowledgementThatIsNotTakenShowsInTheExitCode() throws Exception {
    for (int i = 0; i < 100; i++) {
      service.lay("/wiped", Canned.problem(ProblemCode.LOG_UNAVAILABLE));
    }
    Running running = new Running(config(), DeliveryMode.SIDECAR);
    await(DeliveryEvent.Ready.class);
    service.push(Lease.EndCause.REVOKED);
    assertEquals(ExitCode.UNAVAILABLE, running.exit.get(30, TimeUnit.SECONDS));
    assertEquals(List.of(), target.names());
  }

  @Test
  void aRevocationDuringTheDeliveryStopsIt() throws Exception {
    storage.close();
    storage =
        new ObjectServer(
            version.objects(),
            (request, right) ->
                request.number() < 5 ? right : right.cutTo(3, ObjectServer.Ending.STALL));
    Running running = new Running(config(), DeliveryMode.SIDECAR);
    await(DeliveryEvent.BytesPlaced.class);
    service.push(Lease.EndCause.REVOKED);
    assertEquals(ExitCode.DONE, running.exit.get(10, TimeUnit.SECONDS));
    assertEquals(List.of(), target.names());
    Lease.Wiped wiped = service.wiped.poll();
    assertNotNull(wiped);
    assertFalse(wiped.copiesPossible());
  }

  @Test
  void whatWasClearedBeforeARevocationIsToldOf() throws Exception {
    run(config(), DeliveryMode.INIT);
    events.clear();
    Path file = target.model().resolve("config.json");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    storage.close();
    storage =
        new ObjectServer(
            version.objects(), (request, right) -> right.cutTo(3, ObjectServer.Ending.STALL));
    Running running = new Running(config(), DeliveryMode.SIDECAR);
    await(DeliveryEvent.Wiped.class);
    service.push(Lease.EndCause.REVOKED);
    assertEquals(ExitCode.DONE, running.exit.get(30, TimeUnit.SECONDS));
    Lease.Wiped wiped = service.wiped.poll();
    assertNotNull(wiped);
    assertEquals(version.manifest().files().size(), wiped.files());
    assertTrue(wiped.copiesPossible());
  }

  private static void awaitDeafly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        // What this stands for does not hear it either.
      }
    }
  }

  /** A delivery that cannot be stopped must not keep the model, nor be told of as gone. */
  @Test
  void aDeliveryThatDoesNotStopIsNotWaitedForWithoutEnd() throws Exception {
    CountDownLatch placed = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    try (ExecutorService agents = Executors.newSingleThreadExecutor()) {
      Future<ExitCode> exit =
          agents.submit(() ->
              new Agent(
                      config(),
                      DeliveryMode.SIDECAR,
                      event -> {
                        events.add(event);
                        if (event instanceof DeliveryEvent.BytesPlaced) {
                          placed.countDown();
                          awaitDeafly(over);
                        }
                      },
                      System.nanoTime())
                  .run());
      placed.await();
      service.push(Lease.EndCause.REVOKED);
      assertEquals(ExitCode.TARGET, exit.get(30, TimeUnit.SECONDS));
    } finally {
      over.countDown();
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals("session")) {
          thread.join();
        }
      }
    }
    assertEquals(List.of("wipe-incomplete"), failures());
    assertTrue(service.wiped.isEmpty());
  }

  /** Its last steps come after the wipe: what they leave must not be told of as gone. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDeliveryThatEndsDuringTheWipeIsNotAcknowledged(boolean fault) throws Exception {
    run(config(), DeliveryMode.INIT);
    events.clear();
    CompletableFuture<Thread> session = new CompletableFuture<>();
    CountDownLatch wiped = new CountDownLatch(1);
    ExitCode exit =
        new Agent(
                config(),
                DeliveryMode.SIDECAR,
                event -> {
                  events.add(event);
                  switch (event) {
                    case DeliveryEvent.Reused reused -> {
                      session.complete(Thread.currentThread());
                      service.push(Lease.EndCause.REVOKED);
                      awaitDeafly(wiped);
                      // It was told to stop, and goes on from where it was.
                      Thread.currentThread().interrupt();
                    }
                    case DeliveryEvent.LeaseOver end -> {
                      if (fault) {
                        throw new IllegalStateException("a fault of the agent's own");
                      }
                    }
                    case DeliveryEvent.Wiped gone -> {
                      wiped.countDown();
                      ended(session.join());
                    }
                    default -> {}
                  }
                },
                System.nanoTime())
            .run();
    assertEquals(fault ? ExitCode.of(ProblemCode.INTERNAL) : ExitCode.TARGET, exit);
    assertTrue(service.wiped.isEmpty());
    assertTrue(events.stream().noneMatch(DeliveryEvent.Ready.class::isInstance));
    assertFalse(Files.exists(target.parent().resolve("chat.ready")));
  }

  private static void ended(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aTargetOnDiskIsRefusedBeforeAGrantIsAskedFor() {
    Agent[] none = new Agent[1];
    var problem =
        org.junit.jupiter.api.Assertions.assertThrows(
            dev.strongroom.core.problem.Problem.class,
            () ->
                none[0] =
                    new Agent(
                        config(Path.of("/var/tmp/strongroom-test"), null),
                        DeliveryMode.SIDECAR,
                        events::add,
                        System.nanoTime()));
    assertEquals(ProblemCode.TARGET_NOT_MEMORY, problem.code());
    assertTrue(service.seen.stream().noneMatch(seen -> seen.path().equals("/v1/grants")));
  }

  @Test
  void theReadyFileNamesTheManifest() throws IOException {
    run(config(), DeliveryMode.INIT);
    String text = Files.readString(target.parent().resolve("chat.ready"));
    assertEquals(
        "acme/chat",
        CanonicalJson.parse(text.strip().getBytes(StandardCharsets.UTF_8), 1 << 16)
            .path("model")
            .textValue());
  }
}
