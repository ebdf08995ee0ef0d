package dev.strongroom.keyservice.http;

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
  private Report last = new Report(false, Map.of());
  private long lastAt;
  private boolean asked;

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
   * @param checks {@code ok}, or what is wrong, by name
   */
  public record Report(boolean ready, Map<String, String> checks) {}

  /** From now on the service is not ready: it is stopping. */
  public void stop() {
    stopping.set(true);
  }

  /** Looks, unless it looked a moment ago. Blocks. */
  public synchronized Report report() {
    if (stopping.get()) {
      return new Report(false, Map.of("service", "stopping"));
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
    boolean ready = true;
    for (Check check : checks) {
      try {
        check.test().run();
        found.put(check.name(), "ok");
      } catch (Exception e) {
        ready = false;
        found.put(check.name(), "failed");
        LOG.atWarn().addKeyValue("check", check.name()).setCause(e).log("not ready");
      }
    }
    return new Report(ready, found);
  }
}
