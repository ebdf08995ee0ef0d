package dev.strongroom.delivery.stream;

import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.delivery.place.Region;
import dev.strongroom.delivery.place.StagedModel;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.source.RangeSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Delivers the files of one version: all of them, or none. Memory use does not depend on the size
 * of the model: each worker has two arrays of a segment and nothing is allocated for a part.
 */
public final class ModelDelivery {
  /** The usual size of a range: the largest that object storage still serves at full rate. */
  public static final int PART_BYTES = 8 << 20;

  /** The most workers. */
  public static final int MAX_WORKERS = 256;

  private final int workers;
  private final int partBytes;
  private final Verification verification;
  private final Progress progress;

  /**
   * @param workers 1 to {@value #MAX_WORKERS} connections and threads: the number of cores on a
   *     fast network, 16 to 32 where the storage is slow for each connection
   * @param partBytes of a range, {@link #PART_BYTES} if in doubt; at least one segment is read
   * @throws IllegalArgumentException when a value is out of range
   */
  public ModelDelivery(int workers, int partBytes, Verification verification, Progress progress) {
    if (workers < 1 || workers > MAX_WORKERS || partBytes < 1) {
      throw new IllegalArgumentException("1 to " + MAX_WORKERS + " workers, parts of 1 byte on");
    }
    this.workers = workers;
    this.partBytes = partBytes;
    this.verification = verification;
    this.progress = progress;
  }

  /**
   * Delivers the version into the region. Its directory becomes visible by one rename, after every
   * segment of every file, and where wanted its digest, has been verified; when anything fails it
   * never does, and what was staged is wiped.
   *
   * @param manifest the verified manifest
   * @param key derived from the data key of the grant
   * @throws Problem the first failure: what {@link Region}, {@link RangeSource} and the segment
   *     ciphers throw; {@link ProblemCode#PLAINTEXT_DIGEST_MISMATCH}; {@link ProblemCode#INTERNAL}
   *     for a fault of our own; {@link ProblemCode#SOURCE_UNAVAILABLE} when the caller is
   *     interrupted
   */
  public void deliver(Manifest manifest, VersionKey key, RangeSource source, Region region) {
    try (StagedModel staging = region.stage(manifest)) {
      OpenStreams streams = new OpenStreams(source);
      Run run =
          new Run(
              new WorkQueue(manifest.files()),
              streams,
              new FileDeliveryFlow.Shared(
                  manifest, key, streams, staging, partBytes, verification, progress));
      run.toCompletion(Math.min(workers, work(manifest)));
      run.requireWhole();
      requireGoingOn();
      staging.publish();
    }
  }

  // An interruption that no worker was left to hear.
  private static void requireGoingOn() {
    if (Thread.currentThread().isInterrupted()) {
      throw new Problem(ProblemCode.SOURCE_UNAVAILABLE, "the delivery was stopped");
    }
  }

  // More workers than ranges would only wait.
  private int work(Manifest manifest) {
    long ranges = manifest.files().size() + manifest.totals().ciphertextBytes() / partBytes;
    return (int) Math.min(MAX_WORKERS, ranges);
  }

  /** One delivery: a queue, its workers, and the first failure. */
  private static final class Run {
    private final WorkQueue queue;
    private final OpenStreams streams;
    private final FileDeliveryFlow.Shared shared;
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final AtomicInteger whole = new AtomicInteger();
    private @org.jspecify.annotations.Nullable Problem failure;

    Run(WorkQueue queue, OpenStreams streams, FileDeliveryFlow.Shared shared) {
      this.queue = queue;
      this.streams = streams;
      this.shared = shared;
    }

    void toCompletion(int workers) {
      for (int i = 0; i < workers; i++) {
        threads.add(Thread.ofPlatform().name("delivery-" + i).unstarted(this::work));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        join(thread);
      }
      queue.closeUnfinished();
    }

    // A caller that is interrupted stops the workers, and still waits until they have stopped: what
    // they write to must not be wiped under their hands.
    private void join(Thread thread) {
      boolean interrupted = false;
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
          fail(new Problem(ProblemCode.SOURCE_UNAVAILABLE, "the delivery was interrupted", e));
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    void requireWhole() {
      Problem problem = failure;
      if (problem != null) {
        throw problem;
      }
      if (whole.get() != shared.manifest().files().size()) {
        throw new Problem(ProblemCode.INTERNAL, "not every file was delivered; report this");
      }
    }

    private void work() {
      try (Scratch scratch = new Scratch(shared.manifest().segmentSize())) {
        WorkQueue.Work work = queue.take();
        while (work != null) {
          perform(work, scratch);
          work = queue.take();
        }
      } catch (Problem e) {
        fail(e);
      } catch (InterruptedException e) {
        fail(new Problem(ProblemCode.SOURCE_UNAVAILABLE, "the delivery was interrupted", e));
      } catch (RuntimeException | Error e) {
        fail(new Problem(ProblemCode.INTERNAL, "the delivery failed: " + e, e));
      }
    }

    private void perform(WorkQueue.Work work, Scratch scratch) {
      switch (work) {
        case WorkQueue.Work.Begin begin -> {
          FileDeliveryFlow flow = FileDeliveryFlow.begin(shared, begin.file(), scratch);
          if (flow.parts() == 0) {
            whole.incrementAndGet();
          }
          queue.begun(flow);
        }
        case WorkQueue.Work.Part part -> {
          if (part.flow().placePart(part.part(), scratch)) {
            whole.incrementAndGet();
            queue.whole(part.flow());
          }
        }
      }
    }

    private synchronized void fail(Problem problem) {
      if (failure == null) {
        failure = problem;
      }
      queue.stop();
      streams.stop();
      // Those that wait for a URL, or for the time of another attempt.
      threads.stream()
          .filter(thread -> thread != Thread.currentThread())
          .forEach(Thread::interrupt);
    }
  }
}
