package dev.strongroom.core.weights;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.path.WeightPath;

/**
 * What a file's key is bound to. Ciphertext made under one context opens under no other: a file
 * that is renamed, moved to another version, reordered, shrunk or grown fails at its first segment.
 *
 * @param version model and version
 * @param path the file's path
 * @param index its place in the manifest, from 0
 * @param plaintextSize its size in bytes, 0 or more
 */
public record KeyContext(ModelVersion version, WeightPath path, int index, long plaintextSize) {
  /** The domain tag of the encoding. */
  public static final String DOMAIN = "strongroom/v1/key-context";

  /**
   * @throws IllegalArgumentException when index or size is negative
   */
  public KeyContext {
    if (index < 0 || plaintextSize < 0) {
      throw new IllegalArgumentException("index and size of a file are never negative");
    }
  }

  /** The canonical bytes: tag, model, version, path, index, plaintext size. */
  public byte[] bytes() {
    return encoding().bytes();
  }

  /** SHA-256 of {@link #bytes()}: the associated data of the file's stream. */
  public byte[] digest() {
    return encoding().sha256();
  }

  private CanonicalEncoding encoding() {
    return CanonicalEncoding.of(DOMAIN)
        .text(version.model().value())
        .text(version.version().value())
        .text(path.value())
        .number(index)
        .number(plaintextSize);
  }
}
