package dev.strongroom.keyservice.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that bodies of requests may take together. It is taken as bytes arrive, not as they
 * are announced, so that an announcement alone costs nobody anything.
 */
final class BodyBudget {
  private final AtomicLong free;

  BodyBudget(long bytes) {
    this.free = new AtomicLong(bytes);
  }

  boolean take(int bytes) {
    if (free.addAndGet(-bytes) >= 0) {
      return true;
    }
    free.addAndGet(bytes);
    return false;
  }

  void give(int bytes) {
    free.addAndGet(bytes);
  }
}
