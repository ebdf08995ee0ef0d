package dev.strongroom.delivery.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.place.Region;
import dev.strongroom.delivery.place.StagedModel;
import dev.strongroom.delivery.place.WipeExtent;
import dev.strongroom.delivery.place.WipeManner;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WiperTest {
  @TempDir Path directory;
  private final List<String> order = new ArrayList<>();
  private final AtomicLong clock = new AtomicLong();
  private final Timing fake =
      new Timing(clock::get, () -> 0L, pause -> clock.addAndGet(pause.toNanos()));

  /** Notes what is asked of it. */
  private class NotingRegion implements Region {
    @Override
    public boolean holdsModel() {
      return true;
    }

    @Override
    public boolean matches(Manifest manifest) {
      return false;
    }

    @Override
    public StagedModel stage(Manifest manifest) {
      throw new IllegalStateException("nothing is staged here");
    }

    @Override
    public void announce(String text) {
      throw new IllegalStateException("nothing is announced here");
    }

    @Override
    public WipeExtent wipe(WipeManner manner) {
      order.add("wipe " + manner);
      return new WipeExtent(2, 30);
    }

    @Override
    public void close() {}
  }

  private Wiper wiper(ConsumerStop consumer) {
    return new Wiper(
        consumer,
        new NotingRegion(),
        RetryLimits.within(Duration.ofSeconds(60)),
        fake,
        Progress.none());
  }

  private ConsumerStop noting(Lease.ConsumerEnd end) {
    return () -> {
      order.add("stop");
      return end;
    };
  }

  @Test
  void theConsumerStopsFirst() {
    Lease.Wiped wiped = wiper(noting(Lease.ConsumerEnd.ENDED)).wipe(Lease.EndCause.REVOKED, true);
    assertEquals(List.of("stop", "wipe OVERWRITE"), order);
    assertEquals(
        new Lease.Wiped(Lease.EndCause.REVOKED, 2, 30, Lease.ConsumerEnd.ENDED, true), wiped);
  }

  @Test
  void aConsumerThatMayStillRunSeesNoZeros() {
    Lease.Wiped wiped =
        wiper(noting(Lease.ConsumerEnd.UNCONFIRMED)).wipe(Lease.EndCause.REVOKED, true);
    assertEquals(List.of("stop", "wipe TRUNCATE"), order);
    assertEquals(Lease.ConsumerEnd.UNCONFIRMED, wiped.consumer());
  }

  @Test
  void aConsumerThatNobodyKnowsSeesNoZeros() {
    wiper(ConsumerStop.none()).wipe(Lease.EndCause.REVOKED, true);
    assertEquals(List.of("wipe TRUNCATE"), order);
  }

  @Test
  void whatNobodyCouldReadStopsNobody() {
    Lease.Wiped wiped = wiper(noting(Lease.ConsumerEnd.ENDED)).wipe(Lease.EndCause.RELEASED, false);
    assertEquals(List.of("wipe OVERWRITE"), order);
    assertFalse(wiped.copiesPossible());
  }

  private Wiper.Grantee answering(ProblemCode... refusals) {
    List<ProblemCode> left = new ArrayList<>(List.of(refusals));
    return new Wiper.Grantee(
        LeaseId.random(new SecureRandom()),
        new ScriptedLease() {
          @Override
          public void wiped(Lease.Wiped wiped) {
            order.add("acknowledge");
            if (!left.isEmpty()) {
              throw new Problem(left.removeFirst(), "said the test");
            }
          }
        });
  }

  private boolean acknowledges(ProblemCode... refusals) {
    return wiper(ConsumerStop.none())
        .acknowledge(
            answering(refusals),
            new Lease.Wiped(Lease.EndCause.EXPIRED, 0, 0, Lease.ConsumerEnd.NONE_KNOWN, false));
  }

  @Test
  void theServiceIsToldUntilItListens() {
    assertTrue(
        acknowledges(
            ProblemCode.SERVICE_UNREACHABLE,
            ProblemCode.TOKEN_EXPIRED,
            ProblemCode.LOG_UNAVAILABLE));
    assertEquals(4, order.size());
  }

  @Test
  void theServiceIsNotToldForEver() {
    ProblemCode[] away = new ProblemCode[1000];
    java.util.Arrays.fill(away, ProblemCode.SERVICE_UNREACHABLE);
    assertFalse(acknowledges(away));
    assertTrue(clock.get() <= Duration.ofSeconds(60).toNanos());
  }

  @Test
  void aLeaseThatTheServiceDoesNotKnowIsNotAcknowledgedTwice() {
    assertFalse(acknowledges(ProblemCode.LEASE_UNKNOWN));
    assertEquals(1, order.size());
  }

  // Real processes from here on.

  private Path pidFile(long pid) throws IOException {
    return Files.writeString(directory.resolve("pid"), pid + "\n");
  }

  private static ProcessStop stop(Path pidFile) {
    return new ProcessStop(
        pidFile, Duration.ofMillis(500), Duration.ofSeconds(10), Timing.system());
  }

  private static Process shell(String script) throws IOException {
    return new ProcessBuilder("sh", "-c", script).start();
  }

  @Test
  void aProcessEndsBySigterm() throws Exception {
    Process process = shell("exec sleep 1000");
    assertEquals(Lease.ConsumerEnd.ENDED, stop(pidFile(process.pid())).stop());
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    assertEquals(128 + 15, process.exitValue());
  }

  @Test
  void aProcessThatIgnoresSigtermEndsBySigkillWithItsChildren() throws Exception {
    Process process = shell("trap '' TERM; sleep 1000 & echo $!; while true; do sleep 1000; done");
    long child =
        Long.parseLong(
            new java.io.BufferedReader(
                    new java.io.InputStreamReader(
                        process.getInputStream(), java.nio.charset.StandardCharsets.US_ASCII))
                .readLine());
    assertEquals(Lease.ConsumerEnd.ENDED, stop(pidFile(process.pid())).stop());
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    assertEquals(128 + 9, process.exitValue());
    assertFalse(ProcessHandle.of(child).map(ProcessStop::runs).orElse(false));
  }

  @Test
  void aChildThatOutlivesItsParentIsStillTheConsumer() throws Exception {
    Process process = shell("sleep 1000 & echo $!; read line");
    long child =
        Long.parseLong(
            new java.io.BufferedReader(
                    new java.io.InputStreamReader(
                        process.getInputStream(), java.nio.charset.StandardCharsets.US_ASCII))
                .readLine());
    ProcessStop stop = stop(pidFile(process.pid()));
    stop.watch();
    process.getOutputStream().close();
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    assertEquals(Lease.ConsumerEnd.ENDED, stop.stop());
    assertFalse(ProcessHandle.of(child).map(ProcessStop::runs).orElse(false));
  }

  @Test
  void fewerFilesThanThereMustBeAreNotAWipe() {
    assertEquals(
        ProblemCode.WIPE_INCOMPLETE,
        assertThrows(
                Problem.class,
                () -> wiper(ConsumerStop.none()).wipe(Lease.EndCause.REVOKED, true, 3))
            .code());
  }

  @Test
  void aUsedProcessIdKillsNobody() throws Exception {
    Process bystander = shell("exec sleep 1000");
    try {
      Path file = pidFile(bystander.pid());
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
      assertEquals(Lease.ConsumerEnd.NONE_KNOWN, stop(file).stop());
      assertTrue(bystander.isAlive());
    } finally {
      bystander.destroyForcibly().waitFor();
    }
  }

  @Test
  void aProcessThatWasSeenIsRememberedWhenItsFileIsGone() throws Exception {
    Process process = shell("exec sleep 1000");
    Path file = pidFile(process.pid());
    ProcessStop stop = stop(file);
    stop.watch();
    Files.delete(file);
    assertEquals(Lease.ConsumerEnd.ENDED, stop.stop());
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));
  }

  @Test
  void aPidFileThatNamesThisProcessOrOneAboveItStopsNobody() throws IOException {
    assertEquals(
        Lease.ConsumerEnd.UNCONFIRMED, stop(pidFile(ProcessHandle.current().pid())).stop());
    long parent = ProcessHandle.current().parent().orElseThrow().pid();
    ProcessStop above = stop(pidFile(parent));
    assertEquals(Lease.ConsumerEnd.UNCONFIRMED, above.stop());
    assertTrue(ProcessHandle.of(parent).orElseThrow().isAlive());
  }

  @Test
  void aConsumerThatCannotBeStoppedDoesNotSaveTheFiles() {
    Lease.Wiped wiped =
        wiper(
                () -> {
                  throw new IllegalStateException("said the test");
                })
            .wipe(Lease.EndCause.REVOKED, true);
    assertEquals(List.of("wipe TRUNCATE"), order);
    assertEquals(Lease.ConsumerEnd.UNCONFIRMED, wiped.consumer());
  }

  @Test
  void noProcessIsNoConsumer() throws IOException {
    assertEquals(Lease.ConsumerEnd.NONE_KNOWN, stop(directory.resolve("absent")).stop());
    assertEquals(
        Lease.ConsumerEnd.NONE_KNOWN,
        stop(Files.writeString(directory.resolve("x"), "not a number")).stop());
  }

  private static Lease.ConsumerEnd hook(String... command) {
    return new HookStop(List.of(command), Duration.ofMillis(500)).stop();
  }

  @Test
  void aHookTellsByItsExitStatus() {
    assertEquals(Lease.ConsumerEnd.ENDED, hook("true"));
    assertEquals(Lease.ConsumerEnd.UNCONFIRMED, hook("false"));
    assertEquals(Lease.ConsumerEnd.UNCONFIRMED, hook("sleep", "1000"));
    assertEquals(Lease.ConsumerEnd.UNCONFIRMED, hook("/no/such/program"));
  }

  @Test
  void theProcessHasTheLastWordOverTheHook() throws Exception {
    Process process = shell("exec sleep 1000");
    ConsumerStop both =
        new StopInTurn(
            new HookStop(List.of("false"), Duration.ofSeconds(5)), stop(pidFile(process.pid())));
    assertEquals(Lease.ConsumerEnd.ENDED, both.stop());
    ConsumerStop hookOnly =
        new StopInTurn(
            new HookStop(List.of("true"), Duration.ofSeconds(5)), stop(directory.resolve("none")));
    assertEquals(Lease.ConsumerEnd.ENDED, hookOnly.stop());
  }

  @Test
  void aWipeThatIsIncompleteIsNotReportedAsDone() {
    Region stubborn =
        new NotingRegion() {
          @Override
          public WipeExtent wipe(WipeManner manner) {
            throw new Problem(ProblemCode.WIPE_INCOMPLETE, "said the test");
          }
        };
    Wiper wiper =
        new Wiper(
            ConsumerStop.none(),
            stubborn,
            RetryLimits.within(Duration.ofSeconds(1)),
            fake,
            Progress.none());
    assertEquals(
        ProblemCode.WIPE_INCOMPLETE,
        assertThrows(Problem.class, () -> wiper.wipe(Lease.EndCause.REVOKED, true)).code());
  }
}
