package dev.strongroom.delivery.place;

import dev.strongroom.core.path.WeightPath;

/**
 * A model that is being placed, out of sight of every consumer until it is published by one rename.
 * Closing it unpublished wipes it.
 */
public interface StagedModel extends AutoCloseable {
  /**
   * A new, empty file. Several threads may create files at once.
   *
   * @throws dev.strongroom.core.problem.Problem {@code target-occupied} when it exists, {@code
   *     target-too-small} when it cannot be made
   */
  StagedFile create(WeightPath path);

  /**
   * Makes the directories read-only and the whole visible at once.
   *
   * @throws dev.strongroom.core.problem.Problem {@code target-occupied} when something else stands
   *     there by now
   */
  void publish();

  /**
   * Wipes what has not been published.
   *
   * @throws dev.strongroom.core.problem.Problem {@code wipe-incomplete} when something remains
   */
  @Override
  void close();
}
