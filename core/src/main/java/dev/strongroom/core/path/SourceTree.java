package dev.strongroom.core.path;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The files below a directory, for publishing: regular files only, in the order of their paths.
 * Symbolic links are refused wherever they point, because what they point to may change or lie
 * outside; devices, pipes and sockets are refused too. Empty directories are left out.
 *
 * @param files in the order of the UTF-8 bytes of their paths
 */
public record SourceTree(List<SourceFile> files) {
  private static final int KEPT_MODE = 0555;
  private static final int OWNER_READ = 0400;

  /** Copies the list and checks that the paths can stand beside each other. */
  public SourceTree {
    files = files.stream().sorted(Comparator.comparing(SourceFile::path)).toList();
    PathSet.of(files.stream().map(SourceFile::path).toList());
  }

  /**
   * Walks a directory. The directory itself may be named through a link.
   *
   * @throws Problem {@link ProblemCode#SYMLINK_REFUSED}, {@link ProblemCode#INVALID_PATH} for a
   *     special file, a name that {@link WeightPath} or {@link PathSet} refuses, or none at all,
   *     {@link ProblemCode#NOT_FOUND} when it is no directory or cannot be read
   */
  public static SourceTree walk(Path directory) {
    try {
      Path root = directory.toRealPath();
      if (!Files.isDirectory(root)) {
        throw new Problem(ProblemCode.NOT_FOUND, directory + " is not a directory");
      }
      Collector collector = new Collector(root);
      Files.walkFileTree(root, collector);
      return new SourceTree(collector.found);
    } catch (IOException e) {
      throw new Problem(ProblemCode.NOT_FOUND, "the directory " + directory + " cannot be read", e);
    }
  }

  private static final class Collector extends SimpleFileVisitor<Path> {
    private final Path root;
    private final List<SourceFile> found = new ArrayList<>();

    Collector(Path root) {
      this.root = root;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      if (!directory.equals(root)) {
        pathOf(directory);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (attributes.isSymbolicLink()) {
        throw new Problem(
            ProblemCode.SYMLINK_REFUSED,
            "'" + shown(file) + "' is a symbolic link; copy what it points to");
      }
      if (!attributes.isRegularFile()) {
        throw new Problem(
            ProblemCode.INVALID_PATH, "'" + shown(file) + "' is not a regular file; move it away");
      }
      if (found.size() == PathSet.MAX_PATHS) {
        throw new Problem(
            ProblemCode.INVALID_PATH,
            "there are more than " + PathSet.MAX_PATHS + " files; publish fewer");
      }
      int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      found.add(
          new SourceFile(
              pathOf(file),
              file,
              (mode & KEPT_MODE) | OWNER_READ,
              attributes.size(),
              attributes.lastModifiedTime()));
      return FileVisitResult.CONTINUE;
    }

    // A name on disk may hold what confuses a terminal or a log.
    private String shown(Path file) {
      return root.relativize(file).toString().replaceAll("\\p{Cc}", "?");
    }

    private WeightPath pathOf(Path file) {
      String path = root.relativize(file).toString();
      // The runtime shows a name that it cannot decode with a replacement character.
      if (path.indexOf('\uFFFD') >= 0) {
        throw new Problem(
            ProblemCode.INVALID_PATH,
            "a file name is not UTF-8, or the locale is not: set LC_ALL=C.UTF-8 or rename it");
      }
      return new WeightPath(path);
    }
  }
}
