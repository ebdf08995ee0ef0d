package dev.strongroom.keyservice.keys;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One kind of move, in the background: at most one at a time, stopped with the service. */
final class BackgroundMove implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundMove.class);

  private final DataKeyMover mover;
  private final DataKeyMover.Kind kind;
  private MoveProgress progress = MoveProgress.NONE;
  private Thread running = Thread.ofVirtual().unstarted(() -> {});
  private boolean closed;

  BackgroundMove(DataKeyMover mover, DataKeyMover.Kind kind) {
    this.mover = mover;
    this.kind = kind;
  }

  /**
   * Begins, unless it is under way. Returns at once.
   *
   * @param by {@code issuer|subject} of who asks for it
   */
  synchronized MoveProgress begin(String by) {
    if (closed) {
      throw new Problem(ProblemCode.SHUTTING_DOWN, "the service is stopping");
    }
    if (progress.state() != MoveProgress.State.RUNNING) {
      progress = MoveProgress.BEGUN;
      running = Thread.ofVirtual().name(kind.toString()).start(() -> runToTheEnd(by));
    }
    return progress;
  }

  synchronized MoveProgress progress() {
    return progress;
  }

  private void runToTheEnd(String by) {
    MoveProgress.State end = MoveProgress.State.STOPPED;
    // What is not caught below, an error, is left to the thread, and the move has stopped all the
    // same.
    ProblemCode stoppedBy = ProblemCode.INTERNAL;
    try {
      mover.run(kind, by, this::update);
      end = MoveProgress.State.DONE;
    } catch (Problem e) {
      stoppedBy = e.code();
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("code", e.code().wireName())
          .log("moving data keys stopped");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stoppedBy = ProblemCode.SHUTTING_DOWN;
    } catch (RuntimeException e) {
      LOG.error("moving data keys stopped", e);
    } finally {
      end(end, stoppedBy);
    }
  }

  private synchronized void end(MoveProgress.State last, ProblemCode stoppedBy) {
    progress = progress.ended(last, last == MoveProgress.State.DONE ? "" : stoppedBy.wireName());
  }

  private synchronized void update(UnaryOperator<MoveProgress> change) {
    progress = change.apply(progress);
  }

  /** Stops it between two keys; a later one goes on. */
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
