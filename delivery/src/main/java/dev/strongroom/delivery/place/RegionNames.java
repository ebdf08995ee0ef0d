package dev.strongroom.delivery.place;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The names that a region uses beside its model's directory. They can be recognised, so that what a
 * killed process left is found without a journal.
 *
 * @param parent the real path of the directory that holds everything
 * @param model the directory that appears
 * @param ready says that the model is whole
 * @param owner held locked by the process in charge; says that the model is ours
 * @param staging being filled
 * @param wiping being emptied
 */
record RegionNames(Path parent, Path model, Path ready, Path owner, Path staging, Path wiping) {

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the directory cannot be one, or
   *     its parent does not exist
   */
  static RegionNames of(Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    Path given = absolute.getParent();
    Path name = absolute.getFileName();
    if (given == null || name == null || name.toString().startsWith(".")) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "target is a directory inside a memory-backed one, for example /models/chat");
    }
    Path parent;
    try {
      parent = given.toRealPath();
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          given + " does not exist or cannot be read; mount a tmpfs there",
          e);
    }
    String hidden = ".strongroom-" + name;
    return new RegionNames(
        parent,
        parent.resolve(name),
        parent.resolve(name + ".ready"),
        parent.resolve(hidden + ".owner"),
        parent.resolve(hidden + ".staging"),
        parent.resolve(hidden + ".wiping"));
  }
}
