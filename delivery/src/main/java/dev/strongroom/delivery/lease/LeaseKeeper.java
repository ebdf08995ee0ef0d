package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.retry.Timing;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a lease: renews it, listens for its end, and returns when the right is over. It decides by
 * {@link LeaseCourse}; renewals and events come in from other threads as messages.
 */
public final class LeaseKeeper {
  /** Waits are no longer than this: a wait does not see that the machine was suspended. */
  private static final long SLICE = TimeUnit.SECONDS.toNanos(1);

  private final Grant grant;
  private final LeaseService service;
  private final LeaseMessages messages;
  private final LeaseClock clock;
  private final Progress progress;
  private final Executor executor;
  private final LeaseCourse course;
  private final Mailbox mailbox;
  private final LeaseListener listener;

  /** How the keeper waits: passed in, so that tests need not. */
  interface Mailbox {
    void post(Consumer<LeaseCourse> message);

    /** The next message, or null when none came in this time. */
    @Nullable Consumer<LeaseCourse> take(long nanos) throws InterruptedException;
  }

  /**
   * @param sentAtNanos when the request for the grant was sent, on this clock
   */
  public LeaseKeeper(
      Grant grant,
      long sentAtNanos,
      TrustBundle trust,
      LeaseService service,
      LeaseClock clock,
      InstantSource wallClock,
      Timing timing,
      Progress progress) {
    this(
        grant,
        new LeaseCourse(grant, sentAtNanos, timing.random()),
        new LeaseMessages(trust, wallClock, grant),
        service,
        clock,
        timing,
        progress,
        task -> Thread.ofVirtual().name("lease").start(task),
        new QueueMailbox());
  }

  LeaseKeeper(
      Grant grant,
      LeaseCourse course,
      LeaseMessages messages,
      LeaseService service,
      LeaseClock clock,
      Timing timing,
      Progress progress,
      Executor executor,
      Mailbox mailbox) {
    this.grant = grant;
    this.course = course;
    this.messages = messages;
    this.service = service;
    this.clock = clock;
    this.progress = progress;
    this.executor = executor;
    this.mailbox = mailbox;
    this.listener = new LeaseListener(grant, service, messages, timing, progress, this::post);
  }

  /** Gives the lease back: {@link #await} returns soon. */
  public void release(String reason) {
    post(Lease.EndCause.RELEASED, reason);
  }

  /**
   * Keeps the lease until its right is over, and tells of the end; not of a release under mode
   * {@code init}, where only the caller knows whether the model stays or goes.
   *
   * @param watch called about once a second, for those who keep an eye on something
   */
  public LeaseState.Ended await(Runnable watch) {
    executor.execute(listener);
    try {
      while (true) {
        long now = clock.nanos();
        switch (course.next(now)) {
          case LeaseStep.Renew renew -> executor.execute(() -> renew(renew.sequence()));
          case LeaseStep.Wait wait -> receive(wait.until() - now);
          case LeaseStep.End end -> {
            if (!mayBeLeft(end.ended())) {
              progress.on(
                  new DeliveryEvent.LeaseOver(
                      grant.lease(), end.ended().cause(), end.ended().reason()));
            }
            return end.ended();
          }
        }
        watch.run();
      }
    } finally {
      listener.close();
    }
  }

  private boolean mayBeLeft(LeaseState.Ended ended) {
    return grant.mode() == DeliveryMode.INIT && ended.cause() == Lease.EndCause.RELEASED;
  }

  private void receive(long nanos) {
    try {
      Consumer<LeaseCourse> message = mailbox.take(Math.min(SLICE, nanos));
      if (message != null) {
        message.accept(course);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      course.ended(Lease.EndCause.RELEASED, "the process was told to stop");
    }
  }

  private void post(Lease.EndCause cause, String reason) {
    mailbox.post(state -> state.ended(cause, reason));
  }

  private void renew(long sequence) {
    long sentAt = clock.nanos();
    try {
      String signed = service.renew(sequence);
      Lease.Statement statement;
      try {
        statement = messages.statement(signed, sequence);
      } catch (Problem e) {
        progress.on(new DeliveryEvent.LeaseTrouble(grant.lease(), e.code(), "" + e.getMessage()));
        mailbox.post(state -> state.notVerified(e, clock.nanos()));
        return;
      }
      progress.on(new DeliveryEvent.Renewed(grant.lease(), sequence, statement.leaseSeconds()));
      mailbox.post(state -> state.renewed(statement, sentAt));
    } catch (Problem e) {
      progress.on(new DeliveryEvent.LeaseTrouble(grant.lease(), e.code(), "" + e.getMessage()));
      mailbox.post(state -> state.notRenewed(e, clock.nanos()));
    } catch (RuntimeException e) {
      Problem problem = new Problem(ProblemCode.INTERNAL, "a renewal failed: " + e, e);
      progress.on(
          new DeliveryEvent.LeaseTrouble(grant.lease(), problem.code(), "" + problem.getMessage()));
      mailbox.post(state -> state.notRenewed(problem, clock.nanos()));
    }
  }

  private static final class QueueMailbox implements Mailbox {
    private final LinkedBlockingQueue<Consumer<LeaseCourse>> queue = new LinkedBlockingQueue<>(64);

    @Override
    public void post(Consumer<LeaseCourse> message) {
      try {
        queue.put(message);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public @Nullable Consumer<LeaseCourse> take(long nanos) throws InterruptedException {
      return queue.poll(nanos, TimeUnit.NANOSECONDS);
    }
  }
}
