package dev.strongroom.delivery.stream;

import dev.strongroom.core.weights.FileOpener;
import dev.strongroom.core.weights.SegmentDecrypter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one worker owns for the whole delivery: an array of ciphertext, an array of plaintext that
 * nobody else sees, and the decrypter of the file at hand. Several small segments share one write.
 */
final class Scratch implements AutoCloseable {
  /** Enough for one segment of the usual size: larger does not stay in a core's cache. */
  static final int BATCH_BYTES = 1 << 20;

  final byte[] ciphertext;
  final byte[] plaintext;

  private @Nullable FileOpener opener;
  private @Nullable SegmentDecrypter decrypter;

  Scratch(int segmentSize) {
    int size = Math.max(segmentSize, BATCH_BYTES);
    this.ciphertext = new byte[size];
    this.plaintext = new byte[size];
  }

  /** The decrypter of this file for this worker, kept while the file stays the same. */
  @SuppressWarnings("ReferenceEquality") // the same opener, not an equal one
  SegmentDecrypter decrypterOf(FileOpener file) {
    SegmentDecrypter current = decrypter;
    if (current == null || opener != file) {
      forgetFile();
      current = file.newDecrypter();
      decrypter = current;
      opener = file;
    }
    return current;
  }

  void forgetFile() {
    if (decrypter != null) {
      decrypter.close();
    }
    decrypter = null;
    opener = null;
  }

  @Override
  public void close() {
    forgetFile();
    Arrays.fill(plaintext, (byte) 0);
  }
}
