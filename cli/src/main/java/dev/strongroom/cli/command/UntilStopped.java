package dev.strongroom.cli.command;

import dev.strongroom.cli.ExitCode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs what has no end of its own until SIGINT or SIGTERM ends it, which is what the person wanted:
 * the process then exits with 0. The thread is interrupted and has a moment to finish its line.
 */
final class UntilStopped {
  private static final long MOMENT_SECONDS = 5;

  private UntilStopped() {}

  static void run(Runnable work) {
    Thread worker = Thread.currentThread();
    CountDownLatch over = new CountDownLatch(1);
    Thread hook = new Thread(() -> stop(worker, over), "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      work.run();
    } finally {
      over.countDown();
      remove(hook);
    }
  }

  private static void stop(Thread worker, CountDownLatch over) {
    worker.interrupt();
    try {
      if (!over.await(MOMENT_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      return;
    }
    // The runtime would exit with the number of the signal.
    Runtime.getRuntime().halt(ExitCode.OK.value());
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs already, and ends the process.
    }
  }
}
