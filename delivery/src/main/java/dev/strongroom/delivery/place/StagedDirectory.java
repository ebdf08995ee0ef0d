package dev.strongroom.delivery.place;

import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A model in a directory that only we may enter, so that nobody can put a link in the way of the
 * files that are made there.
 */
final class StagedDirectory implements StagedModel {
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final Set<PosixFilePermission> VISIBLE =
      PosixFilePermissions.fromString("r-xr-xr-x");

  private final RegionNames names;
  private final Set<Path> directories = ConcurrentHashMap.newKeySet();
  private boolean published;

  private StagedDirectory(RegionNames names) {
    this.names = names;
  }

  static StagedDirectory create(RegionNames names) {
    try {
      Files.createDirectory(names.staging(), PRIVATE);
      return new StagedDirectory(names);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TARGET_OCCUPIED, names.staging() + " cannot be made; check its owner", e);
    }
  }

  @Override
  public StagedFile create(WeightPath path) {
    try {
      Path file = names.staging();
      for (String segment : path.segments()) {
        makeDirectory(file);
        file = file.resolve(segment);
      }
      return StagedFile.create(file);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TARGET_TOO_SMALL,
          "a file cannot be made in " + names.staging() + " (" + e.getClass().getSimpleName() + ")",
          e);
    }
  }

  private void makeDirectory(Path directory) throws IOException {
    if (!directory.equals(names.staging()) && !directories.contains(directory)) {
      Files.createDirectories(directory, PRIVATE);
      directories.add(directory);
    }
  }

  @Override
  public void publish() {
    try {
      Files.walkFileTree(names.staging(), new ReadOnlyDirectories());
      Files.move(names.staging(), names.model(), StandardCopyOption.ATOMIC_MOVE);
      published = true;
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TARGET_OCCUPIED,
          names.model() + " cannot be put in place; something else stands there",
          e);
    }
  }

  @Override
  public void close() {
    if (published) {
      return;
    }
    try {
      TreeWipe.wipe(names.staging(), WipeManner.OVERWRITE);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.WIPE_INCOMPLETE,
          "plaintext remains in " + names.staging() + "; delete it by hand or unmount it",
          e);
    }
  }

  private static final class ReadOnlyDirectories extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.setPosixFilePermissions(directory, VISIBLE);
      return FileVisitResult.CONTINUE;
    }
  }
}
