package dev.strongroom.delivery;

import dev.strongroom.delivery.place.MemoryStatus;
import dev.strongroom.delivery.place.TargetSettings;
import dev.strongroom.delivery.place.TmpfsRegion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A parent directory in real shared memory, and what stands in it. */
public final class TargetDirectory implements AutoCloseable {
  private final Path parent;

  public TargetDirectory() {
    try {
      parent = Files.createTempDirectory(Path.of("/dev/shm"), "strongroom-test-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path parent() {
    return parent;
  }

  public Path model() {
    return parent.resolve("chat");
  }

  public TargetSettings settings() {
    return new TargetSettings(model(), false, true);
  }

  public TmpfsRegion open() {
    return TmpfsRegion.open(settings(), new MemoryStatus());
  }

  /** The names of everything below the parent, relative, sorted; without the owner's mark. */
  public List<String> names() {
    try (Stream<Path> tree = Files.walk(parent)) {
      return tree.filter(path -> !path.equals(parent))
          .map(path -> parent.relativize(path).toString())
          .filter(name -> !name.endsWith(".owner"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try (Stream<Path> tree = Files.walk(parent)) {
      List<Path> all = tree.sorted(Comparator.reverseOrder()).toList();
      for (Path path : all.reversed()) {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
        }
      }
      for (Path path : all) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
