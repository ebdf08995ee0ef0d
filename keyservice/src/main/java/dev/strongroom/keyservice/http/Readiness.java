package dev.strongroom.keyservice.http;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the service can do its work now: each thing that it needs, by name. */
public final class Readiness {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);
  private static final Duration FRESH = Duration.ofMillis(500);

  private final List<Check> checks;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private Report last = new Report(false, Map.of(), Map.of());
  private long lastAt;
  private boolean asked;
  private boolean everReady;

  public Readiness(List<Check> checks) {
    this.checks = List.copyOf(checks);
  }

  /**
   * One thing that the service needs.
   *
   * @param test throws when it does not work
   */
  public record Check(String name, Test test) {}

  /** Finds out whether something works. */
  @FunctionalInterface
  public interface Test {
    void run() throws Exception;
  }

  /**
   * What was found.
   *
   * @param checks {@code ok} or {@code failed}, by name
   * @param reasons of what failed, by name: a stable code and what to do
   */
  public record Report(boolean ready, Map<String, String> checks, Map<String, Reason> reasons) {}

  /** Why something does not work. */
  public record Reason(String code, String message) {
    // What another exception says may hold what nobody should read here; the log has it.
    private static Reason of(Exception e) {
      return e instanceof Problem problem
          ? new Reason(problem.code().wireName(), String.valueOf(problem.getMessage()))
          : new Reason(
              ProblemCode.INTERNAL.wireName(), "it failed; the log of the service says how");
    }
  }

  /** From now on the service is not ready: it is stopping. */
  public void stop() {
    stopping.set(true);
  }

  /**
   * Looks until all works for the first time, or the service stops. What is missing at a start
   * stops none, and should be told without anybody asking, as should its end.
   *
   * @param pause between two looks
   */
  public void awaitFirst(Pause pause) throws InterruptedException {
    while (!stopping.get() && !report().ready()) {
      pause.once();
    }
  }

  /** Waits. */
  @FunctionalInterface
  public interface Pause {
    void once() throws InterruptedException;
  }

  /** Looks, unless it looked a moment ago. Blocks. */
  public synchronized Report report() {
    if (stopping.get()) {
      return new Report(false, Map.of("service", "stopping"), Map.of());
    }
    if (!asked || System.nanoTime() - lastAt > FRESH.toNanos()) {
      last = look();
      lastAt = System.nanoTime();
      asked = true;
    }
    return last;
  }

  private Report look() {
    Map<String, String> found = new LinkedHashMap<>();
    Map<String, Reason> reasons = new LinkedHashMap<>();
    for (Check check : checks) {
      try {
        check.test().run();
        found.put(check.name(), "ok");
        if (last.reasons().containsKey(check.name())) {
          LOG.atInfo().addKeyValue("check", check.name()).log("ready again");
        }
      } catch (Exception e) {
        Reason reason = Reason.of(e);
        found.put(check.name(), "failed");
        reasons.put(check.name(), reason);
        if (!reason.equals(last.reasons().get(check.name()))) {
          tell(check.name(), reason, e);
        }
      }
    }
    if (reasons.isEmpty() && !everReady) {
      everReady = true;
      LOG.info("ready");
    }
    return new Report(reasons.isEmpty(), found, reasons);
  }

  private static void tell(String check, Reason reason, Exception e) {
    LOG.atWarn()
        .addKeyValue("check", check)
        .addKeyValue("code", reason.code())
        .setCause(e instanceof Problem ? null : e)
        .log("not ready: {}", reason.message());
  }
}
