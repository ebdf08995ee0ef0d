package dev.strongroom.delivery.place;

import dev.strongroom.core.manifest.Manifest;

/**
 * A place for the plaintext of one model, from its first byte to its last. One process holds it at
 * a time; closing lets go of it and wipes nothing.
 */
public interface Region extends AutoCloseable {
  /** Whether a model stands here, of this process or left by an earlier one. */
  boolean holdsModel();

  /**
   * Whether the model that stands here is this one, byte by byte: every file hashed against the
   * manifest, nothing missing, nothing more.
   */
  boolean matches(Manifest manifest);

  /**
   * Begins to place a model, once there is room for it.
   *
   * @throws dev.strongroom.core.problem.Problem {@code target-too-small}, {@code target-occupied}
   *     when a model still stands here
   */
  StagedModel stage(Manifest manifest);

  /**
   * Writes the ready file, which says that the directory is whole.
   *
   * @param text one line of JSON
   * @throws dev.strongroom.core.problem.Problem {@code target-too-small} when it cannot be written
   */
  void announce(String text);

  /**
   * Takes the ready file and the model away: overwrites, truncates and unlinks each file. Wiping
   * again is harmless and counts nothing.
   *
   * @param manner {@link WipeManner#OVERWRITE} only after the consumer has ended
   * @throws dev.strongroom.core.problem.Problem {@code wipe-incomplete} when something remains
   */
  WipeExtent wipe(WipeManner manner);

  @Override
  void close();
}
