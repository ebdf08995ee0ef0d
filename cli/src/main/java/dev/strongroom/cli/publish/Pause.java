package dev.strongroom.cli.publish;

import java.time.Duration;

/** Waits between attempts. */
@FunctionalInterface
public interface Pause {
  /** Returns after this time, or earlier when the thread is interrupted. */
  void pause(Duration duration);

  /** Waits by the clock. */
  static Pause sleeping() {
    return duration -> {
      try {
        Thread.sleep(duration);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }
}
