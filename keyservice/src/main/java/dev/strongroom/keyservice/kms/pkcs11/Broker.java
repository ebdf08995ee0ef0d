package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a broker with an open token at hand: starts one, watches it, and starts the next when it
 * ended, fell silent or lost its token. Thread-safe.
 */
final class Broker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

  /** So many starts may fail before callers are turned away at once instead of waiting. */
  private static final int PATIENCE = 2;

  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final BrokerLauncher launcher;
  private final TokenOpening opening;
  private final BrokerTiming timing;
  private final RandomGenerator random;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread keeper;
  private BrokerState state = new BrokerState.Away("it has not been reached yet", 0);
  private @Nullable BrokerState firstTry;

  private Broker(
      BrokerLauncher launcher, TokenOpening opening, BrokerTiming timing, RandomGenerator random) {
    this.launcher = launcher;
    this.opening = opening;
    this.timing = timing;
    this.random = random;
    this.keeper = Thread.ofPlatform().name("pkcs11-broker").daemon().unstarted(this::keep);
  }

  /**
   * Starts the first and waits until it is ready or has failed.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the token is there and cannot be
   *     used as it is configured. A token that is away is waited for in the background.
   */
  static Broker start(
      BrokerLauncher launcher, TokenOpening opening, BrokerTiming timing, RandomGenerator random) {
    Broker broker = new Broker(launcher, opening, timing, random);
    broker.keeper.start();
    BrokerState first = broker.afterFirstTry();
    if (first instanceof BrokerState.Unusable(String why)) {
      broker.close();
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, "kek.pkcs11: " + why);
    }
    return broker;
  }

  /**
   * A broker whose token is open; waits for it while it is about to be.
   *
   * @param deadline of {@link System#nanoTime}
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE}, {@link ProblemCode#KEK_UNUSABLE}
   */
  BrokerConnection ready(long deadline) {
    lock.lock();
    try {
      while (true) {
        switch (state) {
          case BrokerState.Ready(BrokerConnection connection) -> {
            return connection;
          }
          case BrokerState.Unusable(String why) -> throw unusable(why);
          case BrokerState.Closed() -> throw away("the service is stopping");
          case BrokerState.Away(String why, int failures) -> {
            if (failures >= PATIENCE || !awaitChange(deadline - System.nanoTime())) {
              throw away(why);
            }
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Says that this broker does not work any more; the next is started. Harmless when it was. */
  void replace(BrokerConnection lost, String why) {
    lock.lock();
    try {
      if (state instanceof BrokerState.Ready(BrokerConnection current) && current == lost) {
        become(new BrokerState.Away(why, 0));
      }
    } finally {
      lock.unlock();
    }
  }

  static Problem away(String why) {
    return new Problem(
        ProblemCode.KEY_BACKEND_UNAVAILABLE,
        "the PKCS#11 token is away: " + why + "; it is tried again all the time");
  }

  static Problem unusable(String why) {
    return new Problem(ProblemCode.KEK_UNUSABLE, "the PKCS#11 token cannot be used: " + why);
  }

  /** Ends the broker, and starts none again. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (state instanceof BrokerState.Ready(BrokerConnection connection)) {
        connection.close();
      }
      become(new BrokerState.Closed());
    } finally {
      lock.unlock();
    }
    keeper.interrupt();
    opening.close();
  }

  private void keep() {
    int failures = 0;
    while (!isClosed()) {
      long began = System.nanoTime();
      try (BrokerConnection connection = launcher.launch(this::wake)) {
        BrokerState opened = opening.open(connection, timing.start());
        switch (opened) {
          case BrokerState.Ready _ -> {
            settle(opened);
            LOG.atInfo().addKeyValue("pid", connection.pid()).log("PKCS#11 token open");
            failures = watch(connection, failures);
          }
          case BrokerState.Away(String why, int _) -> {
            failures++;
            settle(new BrokerState.Away(why, failures));
          }
          case BrokerState.Unusable _, BrokerState.Closed _ -> {
            failures++;
            settle(opened);
          }
        }
      } catch (Throwable e) { // an Error too: nobody else would start the next one
        failures++;
        LOG.atWarn().setCause(e).log("the PKCS#11 broker could not be started");
        settle(new BrokerState.Away("its broker process does not start", failures));
      }
      pause(failures, began);
    }
  }

  /** Returns when it is lost; what counts as failures then. */
  private int watch(BrokerConnection connection, int failuresBefore) {
    long readySince = System.nanoTime();
    lock.lock();
    try {
      while (state instanceof BrokerState.Ready) {
        if (connection.hasEnded()) {
          become(new BrokerState.Away("its broker process ended", 0));
        } else if (connection.isSilentFor(timing.answer().toNanos())) {
          become(new BrokerState.Away("it does not answer", 0));
        } else if (!awaitChange(LOOK_EVERY_NANOS) && Thread.currentThread().isInterrupted()) {
          return 0;
        }
      }
      if (state instanceof BrokerState.Away(String why, int _)) {
        LOG.atWarn().addKeyValue("why", why).log("PKCS#11 token lost: the next broker starts");
      }
    } finally {
      lock.unlock();
    }
    boolean proven = System.nanoTime() - readySince >= timing.proven().toNanos();
    return proven ? 0 : failuresBefore + 1;
  }

  private void pause(int failures, long began) {
    long pause = timing.pauseNanos(failures);
    long until = began + (pause == 0 ? 0 : pause / 2 + random.nextLong(pause / 2 + 1));
    lock.lock();
    try {
      while (!(state instanceof BrokerState.Closed) && until - System.nanoTime() > 0) {
        if (!awaitChange(until - System.nanoTime()) && Thread.currentThread().isInterrupted()) {
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void settle(BrokerState next) {
    lock.lock();
    try {
      if (!next.equals(state)) {
        tell(next);
      }
      if (firstTry == null) {
        firstTry = next;
      }
      become(next);
    } finally {
      lock.unlock();
    }
  }

  private static void tell(BrokerState next) {
    String message = "PKCS#11 token not open";
    switch (next) {
      case BrokerState.Away(String why, int failures) ->
          LOG.atWarn()
              .addKeyValue("state", "away")
              .addKeyValue("why", why)
              .addKeyValue("failures", failures)
              .log(message);
      case BrokerState.Unusable(String why) ->
          LOG.atWarn().addKeyValue("state", "unusable").addKeyValue("why", why).log(message);
      case BrokerState.Ready _, BrokerState.Closed _ -> {}
    }
  }

  private BrokerState afterFirstTry() {
    long deadline = System.nanoTime() + timing.start().toNanos();
    lock.lock();
    try {
      while (firstTry == null && awaitChange(deadline - System.nanoTime())) {
        // Until it is tried, or time is over.
      }
      // What came of a later try would hide why the first failed.
      return firstTry == null ? state : firstTry;
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return state instanceof BrokerState.Closed;
    } finally {
      lock.unlock();
    }
  }

  // With the lock. What is closed stays closed.
  private void become(BrokerState next) {
    if (!(state instanceof BrokerState.Closed)) {
      state = next;
    }
    changed.signalAll();
  }

  private void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** False when the time is over or the thread is interrupted, which it stays. */
  @SuppressWarnings("WaitNotInLoop") // every caller looks at the state again, in a loop
  private boolean awaitChange(long nanos) {
    try {
      return changed.awaitNanos(nanos) > 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
