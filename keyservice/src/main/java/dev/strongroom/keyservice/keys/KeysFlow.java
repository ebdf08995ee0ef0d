package dev.strongroom.keyservice.keys;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.ledger.Ledger;
import java.time.InstantSource;
import java.util.List;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an administrator does with the KEK while the service serves. */
public final class KeysFlow implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeysFlow.class);

  private final KeyWrapper kek;
  private final WrappedKeyStore store;
  private final Ledger ledger;
  private final InstantSource clock;
  private final Rewrapper rewrapper;
  private RewrapProgress progress = RewrapProgress.NONE;
  private Thread running = Thread.ofVirtual().unstarted(() -> {});
  private boolean closed;

  public KeysFlow(
      KeyWrapper kek, WrappedKeyStore store, Catalog catalog, Ledger ledger, InstantSource clock) {
    this.kek = kek;
    this.store = store;
    this.ledger = ledger;
    this.clock = clock;
    this.rewrapper = new Rewrapper(kek, store, catalog, ledger, clock, Thread::sleep);
  }

  /**
   * The KEK, where the data keys are, and how far a rewrap is.
   *
   * @param dataKeys by KEK version
   */
  public record Status(KekStatus kek, List<WrappedKeyStore.Count> dataKeys, RewrapProgress rewrap) {
    public Status {
      dataKeys = List.copyOf(dataKeys);
    }
  }

  /** Asks the backend and the store. */
  public Status status() {
    return new Status(kek.status(), store.counts(), progress());
  }

  /**
   * Makes a new KEK version.
   *
   * @param by {@code issuer|subject} of who rotates
   * @throws Problem {@link ProblemCode#KEK_ROTATION_UNSUPPORTED}; what backend and ledger throw
   */
  public KekStatus rotate(String by) {
    KekStatus rotated = kek.rotate();
    ledger.commit(view ->
        new LogEvent.KekRotated(
            clock.millis(), rotated.backend(), rotated.kekId(), rotated.newestVersion(), by));
    return rotated;
  }

  /**
   * Begins to move all data keys to the newest KEK version, unless that is under way. Returns at
   * once.
   *
   * @param by {@code issuer|subject} of who asks for it
   */
  public synchronized RewrapProgress rewrap(String by) {
    if (closed) {
      throw new Problem(ProblemCode.SHUTTING_DOWN, "the service is stopping");
    }
    if (progress.state() != RewrapProgress.State.RUNNING) {
      progress = RewrapProgress.BEGUN;
      running = Thread.ofVirtual().name("rewrap").start(() -> runToTheEnd(by));
    }
    return progress;
  }

  private void runToTheEnd(String by) {
    try {
      rewrapper.run(by, this::update);
      update(so -> so.ended(RewrapProgress.State.DONE, ""));
    } catch (Problem e) {
      LOG.atWarn().setCause(e).addKeyValue("code", e.code().wireName()).log("rewrapping stopped");
      update(so -> so.ended(RewrapProgress.State.STOPPED, e.code().wireName()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      update(so -> so.ended(RewrapProgress.State.STOPPED, ProblemCode.SHUTTING_DOWN.wireName()));
    } catch (RuntimeException e) {
      LOG.error("rewrapping stopped", e);
      update(so -> so.ended(RewrapProgress.State.STOPPED, ProblemCode.INTERNAL.wireName()));
    }
  }

  private synchronized void update(UnaryOperator<RewrapProgress> change) {
    progress = change.apply(progress);
  }

  private synchronized RewrapProgress progress() {
    return progress;
  }

  /** Stops a rewrap between two keys; a later one goes on. */
  @Override
  public void close() {
    Thread last;
    synchronized (this) {
      closed = true;
      last = running;
    }
    last.interrupt();
    try {
      if (last.getState() != Thread.State.NEW) {
        last.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
