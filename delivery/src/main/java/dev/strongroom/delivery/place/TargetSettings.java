package dev.strongroom.delivery.place;

import java.nio.file.Path;

/**
 * Where a model is to appear, and what the operator takes upon himself.
 *
 * @param directory the directory of the model; it appears whole. Its parent must exist and be in
 *     memory
 * @param allowDisk the operator accepts that the parent is not in memory
 * @param allowSwap the operator accepts that its pages may be swapped out
 */
public record TargetSettings(Path directory, boolean allowDisk, boolean allowSwap) {}
