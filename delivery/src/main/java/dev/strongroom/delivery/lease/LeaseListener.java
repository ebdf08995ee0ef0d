package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.retry.Retry;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Listens for the end of a lease and reconnects when the stream breaks. It only makes an end known
 * sooner: without it, the next renewal tells.
 */
final class LeaseListener implements Runnable, AutoCloseable {
  private static final RetryLimits PAUSES =
      new RetryLimits(Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofDays(3650));

  private final Grant grant;
  private final LeaseService service;
  private final LeaseMessages messages;
  private final Timing timing;
  private final Progress progress;
  private final BiConsumer<Lease.EndCause, String> onEnd;
  private LeaseService.@Nullable Events open;
  private @Nullable Thread thread;
  private boolean closed;
  private boolean heard;

  LeaseListener(
      Grant grant,
      LeaseService service,
      LeaseMessages messages,
      Timing timing,
      Progress progress,
      BiConsumer<Lease.EndCause, String> onEnd) {
    this.grant = grant;
    this.service = service;
    this.messages = messages;
    this.timing = timing;
    this.progress = progress;
    this.onEnd = onEnd;
  }

  @Override
  public void run() {
    if (!begin()) {
      return;
    }
    Retry retry = new Retry(PAUSES, timing);
    try {
      while (!isClosed()) {
        Problem trouble = listen();
        if (trouble == null || isClosed()) {
          return;
        }
        progress.on(
            new DeliveryEvent.LeaseTrouble(
                grant.lease(), trouble.code(), "" + trouble.getMessage()));
        if (heard) {
          heard = false;
          retry = new Retry(PAUSES, timing);
        }
        retry.pauseOrThrow(trouble);
      }
    } catch (Problem e) {
      // Interrupted by close().
    }
  }

  /** Listens to one stream: null when the end of the lease was told, or why there is no more. */
  private @Nullable Problem listen() {
    try (LeaseService.Events events = service.events()) {
      if (!register(events)) {
        return null;
      }
      heard = true;
      String signed = events.next();
      if (signed == null) {
        return new Problem(ProblemCode.SERVICE_UNREACHABLE, "the stream of events ended");
      }
      Lease.Event event = messages.event(signed);
      onEnd.accept(event.cause(), event.reason() == null ? "" : event.reason());
      return null;
    } catch (Problem e) {
      if (e.code() == ProblemCode.REVOKED || e.code() == ProblemCode.LEASE_ENDED) {
        onEnd.accept(Lease.EndCause.REVOKED, "" + e.getMessage());
        return null;
      }
      return e;
    }
  }

  private synchronized boolean begin() {
    thread = Thread.currentThread();
    return !closed;
  }

  private synchronized boolean register(LeaseService.Events events) {
    open = events;
    return !closed;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (open != null) {
      open.close();
    }
    if (thread != null && thread != Thread.currentThread()) {
      thread.interrupt();
    }
  }
}
