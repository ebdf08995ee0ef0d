package dev.strongroom.core.path;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Paths that can stand beside each other in one directory on any file system: at least one and at
 * most 10,000, no two equal after normalisation and case folding, and none of them the directory of
 * another. The folding applies to the directories too, so that {@code A/x} and {@code a/y} are
 * refused: they would be one directory here and two there.
 *
 * @param paths in the order of their UTF-8 bytes
 */
public record PathSet(List<WeightPath> paths) {
  /** The most files of one version. */
  public static final int MAX_PATHS = 10_000;

  /**
   * @throws Problem {@link ProblemCode#INVALID_PATH} when two paths collide or there are too many
   *     or none
   */
  public PathSet {
    if (paths.isEmpty() || paths.size() > MAX_PATHS) {
      throw new Problem(
          ProblemCode.INVALID_PATH,
          "a version has 1 to " + MAX_PATHS + " files; here are " + paths.size());
    }
    paths = paths.stream().sorted().toList();
    checkCollisions(paths);
  }

  /** The set of these paths. */
  public static PathSet of(Collection<WeightPath> paths) {
    return new PathSet(List.copyOf(paths));
  }

  // Every prefix of every path is a name: the whole path of a file, the shorter ones of
  // directories.
  // A folded name must always mean the same thing and be spelled the same way.
  private static void checkCollisions(List<WeightPath> paths) {
    Map<String, Name> names = new HashMap<>();
    for (WeightPath path : paths) {
      String value = path.value();
      for (int slash = value.indexOf('/'); slash >= 0; slash = value.indexOf('/', slash + 1)) {
        Name directory = new Name(value.substring(0, slash), false);
        Name known = names.putIfAbsent(CaseFolding.fold(directory.spelling()), directory);
        if (known != null && !known.equals(directory)) {
          throw collision(known.spelling(), directory.spelling());
        }
      }
      Name known = names.putIfAbsent(CaseFolding.fold(value), new Name(value, true));
      if (known != null) {
        throw collision(known.spelling(), value);
      }
    }
  }

  private static Problem collision(String one, String other) {
    return new Problem(
        ProblemCode.INVALID_PATH,
        "the paths '"
            + one
            + "' and '"
            + other
            + "' are the same name on some file systems, or a file and a directory at once;"
            + " rename one");
  }

  private record Name(String spelling, boolean file) {}
}
