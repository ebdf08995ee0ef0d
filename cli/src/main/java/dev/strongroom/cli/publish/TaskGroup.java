package dev.strongroom.cli.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that succeed together: after the first failure no further one begins, and that failure is
 * what the caller sees. Started and awaited by one thread.
 */
final class TaskGroup<T> {
  private final ExecutorService executor;
  private final List<Future<T>> tasks = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  TaskGroup(ExecutorService executor) {
    this.executor = executor;
  }

  /** Whether a task has failed, so that it is not worth starting more. */
  boolean failed() {
    return failure.get() != null;
  }

  void start(Callable<T> task) {
    tasks.add(executor.submit(() -> run(task)));
  }

  private T run(Callable<T> task) throws Exception {
    if (failed()) {
      throw new IllegalStateException("not begun, because another task failed");
    }
    try {
      return task.call();
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
      throw e;
    }
  }

  /**
   * Waits for all tasks and gives their results in the order in which they were started.
   *
   * @throws RuntimeException or Error, the first failure itself
   */
  List<T> results() {
    List<T> results = new ArrayList<>(tasks.size());
    boolean interrupted = false;
    for (Future<T> task : tasks) {
      try {
        results.add(task.get());
      } catch (ExecutionException e) {
        failure.compareAndSet(null, e.getCause());
      } catch (InterruptedException e) {
        interrupted = true;
        failure.compareAndSet(null, e);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    throwFailure();
    return results;
  }

  private void throwFailure() {
    switch (failure.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException("a task failed", e);
    }
  }
}
