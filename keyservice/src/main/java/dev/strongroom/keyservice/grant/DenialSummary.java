package dev.strongroom.keyservice.grant;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.ProblemCode;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts refusals of callers who were not authenticated, so that the log says that they came and
 * strangers cannot fill it.
 */
public final class DenialSummary {
  private final InstantSource clock;
  private final Map<ProblemCode, LongAdder> counts = new ConcurrentHashMap<>();
  private final AtomicLong since;

  public DenialSummary(InstantSource clock) {
    this.clock = clock;
    this.since = new AtomicLong(clock.millis());
  }

  public void count(ProblemCode code) {
    counts.computeIfAbsent(code, key -> new LongAdder()).increment();
  }

  /** What was counted since the last call, as an entry for the log; empty when nothing was. */
  public Optional<LogEvent.DenialsSummarised> take() {
    long now = clock.millis();
    Map<String, Long> taken = new TreeMap<>();
    counts.forEach((code, adder) -> {
      long count = adder.sumThenReset();
      if (count > 0) {
        taken.put(code.wireName(), count);
      }
    });
    long from = since.getAndSet(now);
    return taken.isEmpty()
        ? Optional.empty()
        : Optional.of(new LogEvent.DenialsSummarised(now, from, taken));
  }

  /** Puts back what could not be recorded. */
  public void putBack(LogEvent.DenialsSummarised unrecorded) {
    unrecorded
        .counts()
        .forEach((code, count) ->
            counts
                .computeIfAbsent(ProblemCode.ofWireName(code), key -> new LongAdder())
                .add(count));
    since.accumulateAndGet(unrecorded.since(), Math::min);
  }
}
