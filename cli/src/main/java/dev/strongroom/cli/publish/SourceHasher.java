package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.path.SourceFile;
import dev.strongroom.core.weights.SegmentLayout;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Hashes source files: several at once, and each on two threads, one for the digest of the whole
 * file and one for those of its segments. Both see the same bytes, read once.
 */
final class SourceHasher {
  private static final int SEGMENTS_AT_ONCE = 4;

  private final int workers;
  private final PublishListener listener;

  SourceHasher(int workers, PublishListener listener) {
    this.workers = workers;
    this.listener = listener;
  }

  /**
   * Hashes all files.
   *
   * @param files in the order of the manifest
   * @param segmentSize bytes of a ciphertext segment
   * @throws SourceChangedException when a file changes meanwhile
   */
  List<HashedFile> hash(List<SourceFile> files, int segmentSize) {
    Semaphore running = new Semaphore(workers);
    try (ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor()) {
      TaskGroup<HashedFile> group = new TaskGroup<>(tasks);
      for (int i = 0; i < files.size(); i++) {
        int index = i;
        running.acquireUninterruptibly();
        group.start(() -> {
          try {
            return hash(files.get(index), index, segmentSize, tasks);
          } finally {
            running.release();
          }
        });
      }
      return group.results();
    }
  }

  /** Hashes one file. */
  HashedFile hash(SourceFile source, int index, int segmentSize) {
    try (ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor()) {
      return hash(source, index, segmentSize, tasks);
    }
  }

  private HashedFile hash(SourceFile source, int index, int segmentSize, ExecutorService tasks) {
    SegmentLayout layout = new SegmentLayout(source.size(), segmentSize);
    SegmentDigests segments = new SegmentDigests(layout);
    MessageDigest whole = SegmentDigests.sha256();
    List<Block> blocks = List.of(new Block(layout), new Block(layout));
    try (SourceReader reader = SourceReader.open(source)) {
      int turn = 0;
      for (int first = 0; first < layout.segmentCount(); first += SEGMENTS_AT_ONCE) {
        Block block = blocks.get(turn++ % blocks.size());
        int count = Math.min(SEGMENTS_AT_ONCE, layout.segmentCount() - first);
        int length = block.read(reader, first, count);
        block.startDigests(segments, first, count, tasks);
        whole.update(block.bytes, 0, length);
        listener.on(new PublishEvent.Hashed(source.path(), length));
      }
      blocks.forEach(Block::awaitDigests);
      reader.requireSize();
    }
    return new HashedFile(source, index, Sha256Digest.ofBytes(whole.digest()), segments);
  }

  /** A buffer that is not read into again before the digests of its segments are made. */
  private static final class Block {
    private final SegmentLayout layout;
    private final byte[] bytes;
    private final List<CompletableFuture<Void>> pending = new ArrayList<>(1);

    Block(SegmentLayout layout) {
      this.layout = layout;
      long most = (long) SEGMENTS_AT_ONCE * layout.segmentSize();
      this.bytes = new byte[Math.toIntExact(Math.min(most, layout.plaintextSize()))];
    }

    int read(SourceReader reader, int first, int count) {
      awaitDigests();
      long offset = layout.plaintextOffset(first);
      int last = first + count - 1;
      long end = layout.plaintextOffset(last) + layout.plaintextLength(last);
      int length = Math.toIntExact(end - offset);
      reader.read(offset, bytes, length);
      return length;
    }

    void startDigests(SegmentDigests segments, int first, int count, ExecutorService tasks) {
      pending.add(CompletableFuture.runAsync(() -> segments.put(first, count, bytes), tasks));
    }

    void awaitDigests() {
      pending.forEach(CompletableFuture::join);
      pending.clear();
    }
  }
}
