package dev.strongroom.keyservice.policy.dryrun;

import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.record.PolicyQuestion;
import dev.strongroom.keyservice.policy.record.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One dry run: a queue, a thread that asks the candidate, and what was found. Bounded in all. */
final class Judging implements AutoCloseable {
  private static final int QUEUE = 2_048;
  private static final int KINDS = 50;
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final long id;
  private final CompiledPolicy candidate;
  private final String by;
  private final Instant since;
  private final Instant until;
  private final InstantSource clock;
  private final Queue<Asked> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Semaphore news = new Semaphore(0);
  private final AtomicLong unjudged = new AtomicLong();
  private final Map<Kind, Found> found = new LinkedHashMap<>();
  private long judged;
  private long same;
  private long allowed;
  private long refused;
  private long otherwise;
  // Set without the lock, which who judges holds: nothing is taken from then on.
  private volatile boolean ending;
  private volatile @Nullable Instant ended;

  private record Asked(AccessRequest request, Decision decision) {}

  /** Differences that are told once, with their number. */
  private record Kind(
      Action action,
      String subject,
      String target,
      String inForce,
      List<String> heldAgainst,
      String candidate,
      List<String> candidateAgainst) {}

  private record Found(PolicyQuestion first, Verdict inForce, Verdict candidate, long count) {}

  Judging(
      long id,
      CompiledPolicy candidate,
      String by,
      Instant since,
      Instant until,
      InstantSource clock) {
    this.id = id;
    this.candidate = candidate;
    this.by = by;
    this.since = since;
    this.until = until;
    this.clock = clock;
    Thread _ = Thread.ofPlatform().daemon().name("dry-run").start(this::judgeUntilEnd);
  }

  boolean isRunning() {
    return ended == null;
  }

  private boolean isOver() {
    return ending || !clock.instant().isBefore(until);
  }

  void offer(AccessRequest request, Decision decision) {
    if (isOver()) {
      return;
    }
    if (queue.offer(new Asked(request, decision))) {
      news.release();
    } else {
      unjudged.incrementAndGet();
    }
  }

  private void judgeUntilEnd() {
    try {
      while (!isOver()) {
        boolean _ = news.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        int _ = news.drainPermits();
        judgeWaiting();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close();
    }
  }

  // Taken and judged under one lock: a report has all that was asked before it. No more than the
  // queue holds, or whoever asks for a report would wait for as long as requests come faster.
  private synchronized void judgeWaiting() {
    for (int taken = 0; taken < QUEUE && !isOver(); taken++) {
      Asked next = queue.poll();
      if (next == null) {
        return;
      }
      judge(next);
    }
  }

  private void judge(Asked asked) {
    AccessRequest request = asked.request();
    boolean keyAtStake = request.workload() != null;
    Verdict before = Verdict.of(asked.decision(), keyAtStake);
    Verdict after = Verdict.of(candidate.decide(request), keyAtStake);
    judged++;
    if (before.outcome().equals(after.outcome()) && Objects.equals(before.terms(), after.terms())) {
      same++;
      return;
    }
    if (before.allows() == after.allows()) {
      otherwise++;
    } else if (after.allows()) {
      allowed++;
    } else {
      refused++;
    }
    note(request, before, after);
  }

  private void note(AccessRequest request, Verdict before, Verdict after) {
    Kind kind =
        new Kind(
            request.action(),
            request.identity().canonical(),
            request.model() + ":" + request.version(),
            before.outcome(),
            before.failed(),
            after.outcome(),
            after.failed());
    Found known = found.get(kind);
    if (known != null) {
      found.put(
          kind, new Found(known.first(), known.inForce(), known.candidate(), known.count() + 1));
    } else if (found.size() < KINDS) {
      found.put(kind, new Found(PolicyQuestion.of(request), before, after, 1));
    }
  }

  synchronized Report report() {
    judgeWaiting();
    Instant end = ended;
    List<Report.Difference> differences =
        found.values().stream()
            .map(each ->
                new Report.Difference(each.count(), each.inForce(), each.candidate(), each.first()))
            .toList();
    return new Report(
        id,
        end == null,
        candidate.digest(),
        by,
        since.toString(),
        (end == null ? until : end).toString(),
        judged,
        same,
        allowed,
        refused,
        otherwise,
        unjudged.get(),
        differences);
  }

  /** Ends at once: what waits is counted and not judged. */
  @Override
  public void close() {
    ending = true;
    end();
  }

  private synchronized void end() {
    if (ended == null) {
      ended = clock.instant();
      while (queue.poll() != null) {
        unjudged.incrementAndGet();
      }
    }
  }
}
