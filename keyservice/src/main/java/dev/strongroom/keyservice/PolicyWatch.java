package dev.strongroom.keyservice;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.policy.Policy;
import dev.strongroom.keyservice.policy.PolicySource;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up what the policy file says now: when told to, and by looking now and then, because a
 * signal may be ignored by how the process was started. What is wrong with the file is logged, and
 * the policy in force stays.
 */
final class PolicyWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyWatch.class);

  private final PolicySource policy;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("policy").factory());

  PolicyWatch(PolicySource policy) {
    this.policy = policy;
  }

  void begin(Duration every) {
    ScheduledFuture<?> _ =
        timer.scheduleWithFixedDelay(
            this::look, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Reads the file now. */
  void reload() {
    take(() -> Optional.of(policy.reload()));
  }

  /** Looks at the file; says nothing when nothing is new. */
  void look() {
    take(policy::look);
  }

  private static void take(Supplier<Optional<Policy>> reading) {
    try {
      reading.get().ifPresent(PolicyWatch::announce);
    } catch (Problem e) {
      LOG.atError()
          .addKeyValue("code", e.code().wireName())
          .log("the policy stays as it was: {}", e.getMessage());
    } catch (RuntimeException e) {
      // Thrown on, it would end the timer.
      LOG.atError().setCause(e).log("the policy stays as it was");
    }
  }

  static void announce(Policy policy) {
    LOG.atInfo().addKeyValue("policy", policy.digest().hex()).log("policy in force");
  }

  @Override
  public void close() {
    timer.shutdown();
  }
}
