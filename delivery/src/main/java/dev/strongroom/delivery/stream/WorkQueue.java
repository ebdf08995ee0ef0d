package dev.strongroom.delivery.stream;

import dev.strongroom.core.manifest.ManifestFile;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the workers do next: parts of files that have begun, then new files, the largest first, so
 * that the end is not one worker with one large file.
 */
final class WorkQueue {
  private final Deque<ManifestFile> waiting;
  private final Deque<Begun> begun = new ArrayDeque<>();
  private final Set<FileDeliveryFlow> unfinished = new HashSet<>();
  private int beginning;
  private boolean stopped;

  WorkQueue(List<ManifestFile> files) {
    this.waiting =
        new ArrayDeque<>(
            files.stream()
                .sorted(Comparator.comparingLong(ManifestFile::plaintextSize).reversed())
                .toList());
  }

  /** One piece of work. */
  sealed interface Work {
    /** A file to begin. */
    record Begin(ManifestFile file) implements Work {}

    /** A part of a file that has begun. */
    record Part(FileDeliveryFlow flow, int part) implements Work {}
  }

  private static final class Begun {
    final FileDeliveryFlow flow;
    int next;

    Begun(FileDeliveryFlow flow) {
      this.flow = flow;
    }
  }

  /**
   * The next piece, after a wait if need be.
   *
   * @return null when there is and will be none
   * @throws InterruptedException when the waiting thread is interrupted
   */
  synchronized @Nullable Work take() throws InterruptedException {
    while (!stopped) {
      Begun current = begun.peek();
      if (current != null) {
        int part = current.next++;
        if (current.next == current.flow.parts()) {
          begun.remove();
        }
        return new Work.Part(current.flow, part);
      }
      ManifestFile file = waiting.poll();
      if (file != null) {
        beginning++;
        return new Work.Begin(file);
      }
      if (beginning == 0) {
        return null;
      }
      wait();
    }
    return null;
  }

  /** The file of a {@link Work.Begin} has begun. */
  synchronized void begun(FileDeliveryFlow flow) {
    beginning--;
    if (flow.parts() > 0) {
      begun.add(new Begun(flow));
      unfinished.add(flow);
    }
    notifyAll();
  }

  /** Every part of the file has been placed. */
  synchronized void whole(FileDeliveryFlow flow) {
    unfinished.remove(flow);
  }

  /** There is no more work. */
  synchronized void stop() {
    stopped = true;
    notifyAll();
  }

  /** Closes what was begun and not finished. Call it when no worker runs any more. */
  synchronized void closeUnfinished() {
    unfinished.forEach(FileDeliveryFlow::close);
    unfinished.clear();
  }
}
