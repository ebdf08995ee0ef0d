package dev.strongroom.keyservice;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.grant.DenialSummary;
import dev.strongroom.keyservice.ledger.Ledger;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records now and then how many strangers were refused, when any were. */
final class DenialReporter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DenialReporter.class);

  private final DenialSummary summary;
  private final Ledger ledger;
  private final Duration every;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("denials").factory());

  DenialReporter(DenialSummary summary, Ledger ledger, Duration every) {
    this.summary = summary;
    this.ledger = ledger;
    this.every = every;
  }

  void begin() {
    ScheduledFuture<?> _ =
        timer.scheduleWithFixedDelay(
            this::report, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void report() {
    Optional<LogEvent.DenialsSummarised> counted = summary.take();
    counted.ifPresent(entry -> {
      try {
        ledger.commit(view -> entry);
      } catch (Problem e) {
        summary.putBack(entry);
        LOG.atWarn()
            .addKeyValue("code", e.code().wireName())
            .log("refusals are not summarised in the log yet");
      }
    });
  }

  @Override
  public void close() {
    timer.shutdown();
    report();
  }
}
