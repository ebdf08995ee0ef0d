package dev.strongroom.keyservice.http;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A request whose large body may be read. It holds its caller's place from then on: until it is
 * answered, or until it ends without that.
 */
public final class Admission implements Endpoint {
  private final Endpoint endpoint;
  private final Runnable release;
  private final AtomicBoolean over = new AtomicBoolean();

  /**
   * @param endpoint answers the whole call
   * @param release gives the place back; runs once
   */
  public Admission(Endpoint endpoint, Runnable release) {
    this.endpoint = endpoint;
    this.release = release;
  }

  /**
   * Answers, and gives the place back when that is done, even if nobody waits any more.
   *
   * @throws dev.strongroom.core.problem.Problem to refuse; {@code OVERLOADED} for a request that
   *     was abandoned
   */
  @Override
  public Answer answer(Call call) {
    if (!over.compareAndSet(false, true)) {
      throw Dispatcher.overloaded();
    }
    try {
      return endpoint.answer(call);
    } finally {
      release.run();
    }
  }

  /** The request has ended; the place is given back unless the answer is being worked on. */
  void abandon() {
    if (over.compareAndSet(false, true)) {
      release.run();
    }
  }
}
