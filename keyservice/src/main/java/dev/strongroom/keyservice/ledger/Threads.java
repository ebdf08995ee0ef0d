package dev.strongroom.keyservice.ledger;

/** Waiting for a thread that ends by itself. */
final class Threads {
  private Threads() {}

  /** Waits until the thread has ended; an interruption is kept for the caller. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
