package dev.strongroom.keyservice.policy.dryrun;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.record.DecisionObserver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Lets a candidate judge what the policy in force judges, without effect, for a while. There is one
 * at a time. The candidate is asked on a thread of its own, so that no grant waits for it; what
 * comes faster than it answers is counted and not judged. Thread-safe.
 */
public final class DryRun implements DecisionObserver, AutoCloseable {
  private final InstantSource clock;
  private final AtomicLong ids = new AtomicLong();
  private volatile @Nullable Judging latest;

  public DryRun(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Begins one; the report of an earlier one is forgotten.
   *
   * @param by {@code issuer|subject}
   * @throws Problem {@link ProblemCode#DRY_RUN_ACTIVE}
   */
  public synchronized Report begin(CompiledPolicy candidate, Duration length, String by) {
    Judging before = latest;
    if (before != null && before.isRunning()) {
      throw new Problem(
          ProblemCode.DRY_RUN_ACTIVE,
          "another dry run goes on until "
              + before.report().until()
              + ", begun by "
              + before.report().by()
              + "; wait for its end, or end it: strongroom policy dry-run --stop");
    }
    Instant now = clock.instant();
    Judging begun = new Judging(ids.incrementAndGet(), candidate, by, now, now.plus(length), clock);
    latest = begun;
    return begun.report();
  }

  /** What the latest one found so far; empty where there was none since the start. */
  public Optional<Report> report() {
    Judging judging = latest;
    return judging == null ? Optional.empty() : Optional.of(judging.report());
  }

  /** Ends the one that runs, before its time. */
  public synchronized Optional<Report> stop() {
    Judging judging = latest;
    if (judging == null) {
      return Optional.empty();
    }
    judging.close();
    return Optional.of(judging.report());
  }

  @Override
  public void decided(AccessRequest request, Decision decision) {
    Judging judging = latest;
    if (judging != null) {
      judging.offer(request, decision);
    }
  }

  @Override
  public void close() {
    Optional<Report> _ = stop();
  }
}
