package dev.strongroom.delivery.agent;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.delivery.grant.GrantWish;
import dev.strongroom.delivery.grant.HeldGrant;
import dev.strongroom.delivery.lease.LeaseKeeper;
import dev.strongroom.delivery.lease.LeaseService;
import dev.strongroom.delivery.lease.LeaseState;
import dev.strongroom.delivery.lease.Wiper;
import dev.strongroom.delivery.place.Region;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.progress.Progress;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One delivery from grant to exit: asks, places, keeps, wipes, acknowledges. A sidecar stays until
 * its right ends; an init container leaves after it has delivered.
 */
public final class Agent {
  private final AgentConfig config;
  private final DeliveryMode mode;
  private final AgentWiring wiring;
  private final Progress progress;
  private final long startedAtNanos;
  private final Thread main = Thread.currentThread();
  private @Nullable LeaseKeeper keeper;
  private @Nullable String stopReason;

  /**
   * @param startedAtNanos when the process started, on {@link System#nanoTime}
   */
  public Agent(AgentConfig config, DeliveryMode mode, Progress progress, long startedAtNanos) {
    this.config = config;
    this.mode = mode;
    this.progress = progress;
    this.startedAtNanos = startedAtNanos;
    this.wiring = new AgentWiring(config, progress);
  }

  /** The port of {@code /readyz}; -1 where there is none. */
  int readinessPort() {
    return wiring.readinessPort();
  }

  /** Ends the run soon, from another thread: the model is wiped and the lease given back. */
  public synchronized void stop(String reason) {
    if (stopReason == null) {
      stopReason = reason;
      if (keeper == null) {
        main.interrupt();
      } else {
        keeper.release(reason);
      }
    }
  }

  /** Runs to the end. */
  public ExitCode run() {
    try (wiring) {
      Region region = wiring.region();
      Wiper wiper = wiring.wiper(region);
      HeldGrant grant = ask(wiper);
      return underGrant(grant, region, wiper);
    } catch (Problem e) {
      progress.on(new DeliveryEvent.Failed(e.code(), "" + e.getMessage()));
      return stopped() && e.code().category() == ProblemCode.Category.RETRY
          ? ExitCode.DONE
          : ExitCode.of(e.code());
    } catch (RuntimeException e) {
      progress.on(new DeliveryEvent.Failed(ProblemCode.INTERNAL, "the agent failed: " + e));
      return ExitCode.of(ProblemCode.INTERNAL);
    }
  }

  private synchronized boolean stopped() {
    return stopReason != null;
  }

  // Without a grant nothing may stay that an earlier process delivered.
  private HeldGrant ask(Wiper wiper) {
    try {
      return wiring
          .grantFlow()
          .ask(
              wish(),
              e -> progress.on(new DeliveryEvent.GrantTrouble(e.code(), "" + e.getMessage())));
    } catch (RuntimeException | Error e) {
      if (wiring.region().holdsModel()) {
        wiper.wipe(Lease.EndCause.EXPIRED, true);
      }
      throw e;
    }
  }

  private GrantWish wish() {
    return new GrantWish(
        config.modelVersion(),
        Objects.requireNonNullElse(config.suite(), SealSuite.X25519),
        mode,
        Objects.requireNonNullElse(config.onExpiry(), ExpiryMode.WIPE),
        config.podUid(),
        config.leaseSeconds());
  }

  private ExitCode underGrant(HeldGrant held, Region region, Wiper wiper) {
    try (held) {
      Grant grant = held.verified().grant();
      progress.on(granted(held));
      LeaseService service = LeaseService.of(wiring.client(), held.proofKey(), grant.lease());
      Wiper.Grantee grantee = new Wiper.Grantee(grant.lease(), service);
      Session session = null;
      LeaseState.Ended ended;
      try {
        LeaseKeeper leaseKeeper = wiring.keeper(held, service);
        keep(leaseKeeper);
        session = wiring.session(held, region, wiper, leaseKeeper, startedAtNanos);
        ended =
            hold(session, leaseKeeper, wiring.deliveryStop(held.verified().manifest().manifest()));
      } catch (RuntimeException | Error e) {
        giveUp(region, wiper, grantee, session);
        throw e;
      }
      if (delivered(session, ended)) {
        // Nothing was wiped, so nothing is acknowledged: the service sees the lease expire.
        progress.on(new DeliveryEvent.Left(grant.lease()));
        return ExitCode.DONE;
      }
      if (mode == DeliveryMode.INIT && ended.cause() == Lease.EndCause.RELEASED) {
        progress.on(new DeliveryEvent.LeaseOver(grant.lease(), ended.cause(), ended.reason()));
      }
      wiring.readiness(false);
      return end(session, ended, wiper, grantee);
    }
  }

  private LeaseState.Ended hold(Session session, LeaseKeeper leaseKeeper, Duration stopBound) {
    Thread thread = Thread.ofPlatform().name("session").start(session);
    try {
      return leaseKeeper.await(wiring.consumer()::watch);
    } finally {
      finish(thread, stopBound);
    }
  }

  // Nobody keeps the lease any more: nothing may stay, of an earlier process neither.
  private void giveUp(
      Region region, Wiper wiper, Wiper.Grantee grantee, @Nullable Session session) {
    wiring.readiness(false);
    boolean over = session == null || session.over();
    Lease.Wiped wiped = wiper.wipe(Lease.EndCause.RELEASED, region.holdsModel());
    wiring.readiness(false);
    if (over) {
      wiper.acknowledge(grantee, wiped);
    }
  }

  // An init container leaves once it has delivered. Any other end takes the model.
  private boolean delivered(Session session, LeaseState.Ended ended) {
    return mode == DeliveryMode.INIT
        && ended.cause() == Lease.EndCause.RELEASED
        && session.failure() == null
        && session.over()
        && session.readable()
        && !stopped();
  }

  private synchronized void keep(LeaseKeeper leaseKeeper) {
    keeper = leaseKeeper;
    if (stopReason != null) {
      // The interrupt was for a wait that is over.
      Thread.interrupted();
      leaseKeeper.release(stopReason);
    }
  }

  private static DeliveryEvent granted(HeldGrant held) {
    Grant grant = held.verified().grant();
    var totals = held.verified().manifest().manifest().totals();
    return new DeliveryEvent.Granted(
        grant.lease(),
        grant.attested(),
        grant.leaseSeconds(),
        totals.files(),
        totals.plaintextBytes());
  }

  // A delivery that is still under way is stopped; its staging is wiped on its own thread.
  private static void finish(Thread session, Duration bound) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + bound.toNanos();
    session.interrupt();
    for (long left = bound.toNanos();
        left > 0 && session.isAlive();
        left = deadline - System.nanoTime()) {
      try {
        session.join(Duration.ofNanos(left));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // What was readable until this process took it away belongs to what it tells.
  private static Lease.Wiped withCleared(Lease.Wiped wiped, Lease.@Nullable Wiped cleared) {
    return cleared == null
        ? wiped
        : new Lease.Wiped(
            wiped.cause(),
            wiped.files() + cleared.files(),
            wiped.bytes() + cleared.bytes(),
            cleared.consumer(),
            true);
  }

  // What was still written while it was wiped may not be gone.
  private static void requireOver(boolean over) {
    if (!over) {
      throw new Problem(
          ProblemCode.WIPE_INCOMPLETE,
          "the delivery did not stop in time, and plaintext may remain in the target directory or"
              + " beside it; start the process again, or delete it by hand");
    }
  }

  private ExitCode end(
      Session session, LeaseState.Ended ended, Wiper wiper, Wiper.Grantee grantee) {
    // Asked before the wipe: a session that ends during it may have put a model where it was wiped.
    boolean over = session.over();
    Lease.Wiped wiped =
        withCleared(
            wiper.wipe(ended.cause(), session.readable(), session.placed()), session.cleared());
    wiring.readiness(false);
    requireOver(over);
    boolean acknowledged = wiper.acknowledge(grantee, wiped);
    Problem failure = session.failure();
    if (failure != null && ended.cause() == Lease.EndCause.RELEASED && !stopped()) {
      throw failure;
    }
    if (!acknowledged) {
      return ExitCode.UNAVAILABLE;
    }
    // What comes after an init container must not start without its model.
    return mode == DeliveryMode.INIT && !stopped() ? ExitCode.DENIED : ExitCode.DONE;
  }
}
