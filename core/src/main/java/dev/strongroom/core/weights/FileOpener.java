package dev.strongroom.core.weights;

import dev.strongroom.core.secret.SecretBytes;
import javax.crypto.Cipher;

/**
 * One encrypted object whose key has been checked against the manifest's commitment. Safe for
 * several threads. It owns the file's key; close it after its decrypters.
 */
public final class FileOpener implements AutoCloseable {
  private final SecretBytes fileKey;
  private final StreamHeader header;
  private final SegmentLayout layout;

  FileOpener(SecretBytes fileKey, StreamHeader header, SegmentLayout layout) {
    this.fileKey = fileKey;
    this.header = header;
    this.layout = layout;
  }

  /** Where the segments lie. */
  public SegmentLayout layout() {
    return layout;
  }

  /** A decrypter for the calling thread. */
  public SegmentDecrypter newDecrypter() {
    return new SegmentDecrypter(
        layout, new SegmentCipher(Cipher.DECRYPT_MODE, fileKey, header, layout));
  }

  /** Wipes the file's key. Closing twice is harmless. */
  @Override
  public void close() {
    fileKey.close();
  }
}
