package dev.strongroom.delivery.place;

import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A directory in a memory-backed file system that others mount read-only. */
public final class TmpfsRegion implements Region {
  private final RegionNames names;
  private final TargetChecks checks;
  private final FileChannel owner;

  private TmpfsRegion(RegionNames names, TargetChecks checks, FileChannel owner) {
    this.names = names;
    this.checks = checks;
    this.owner = owner;
  }

  /**
   * Checks the place, takes charge of it and removes what an earlier process left half done. A
   * whole model that an earlier process left stays, without its ready file.
   *
   * @throws Problem {@link ProblemCode#TARGET_NOT_MEMORY}, {@link ProblemCode#SWAP_ENABLED}, {@link
   *     ProblemCode#TARGET_OCCUPIED} when something that is not ours stands there, a symbolic link
   *     for one, or another process is in charge, {@link ProblemCode#CONFIGURATION_INVALID}, {@link
   *     ProblemCode#WIPE_INCOMPLETE}
   */
  public static TmpfsRegion open(TargetSettings settings, MemoryStatus memory) {
    RegionNames names = RegionNames.of(settings.directory());
    TargetChecks checks = new TargetChecks(memory);
    checks.requireMemory(names.parent(), FileSystemStatus.of(names.parent()), settings);
    checks.requireNoSwap(names.parent(), settings);
    requireOurs(names);
    FileChannel owner = takeCharge(names);
    try {
      Files.deleteIfExists(names.ready());
      TreeWipe.wipe(names.staging(), WipeManner.OVERWRITE);
      // It was in sight, and nobody has seen its readers end.
      TreeWipe.wipe(names.wiping(), WipeManner.TRUNCATE);
      return new TmpfsRegion(names, checks, owner);
    } catch (IOException e) {
      letGo(owner);
      throw incomplete(names, e);
    }
  }

  private static void requireOurs(RegionNames names) {
    Path model = names.model();
    if (!Files.exists(model, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean directory = Files.isDirectory(model, LinkOption.NOFOLLOW_LINKS);
    boolean ours = Files.isRegularFile(names.owner(), LinkOption.NOFOLLOW_LINKS);
    if (!directory || !(ours || isEmpty(model))) {
      throw new Problem(
          ProblemCode.TARGET_OCCUPIED,
          model + " exists and was not put there by Strongroom; remove it or name another target");
    }
  }

  private static boolean isEmpty(Path directory) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    } catch (IOException e) {
      return false;
    }
  }

  private static FileChannel takeCharge(RegionNames names) {
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              names.owner(),
              Set.of(
                  StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Another region of this process: reported like one of another process.
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TARGET_OCCUPIED, names.owner() + " cannot be written; check its owner", e);
    }
    letGo(channel);
    throw new Problem(
        ProblemCode.TARGET_OCCUPIED,
        "another process delivers to " + names.model() + "; stop it or name another target");
  }

  private static void letGo(@org.jspecify.annotations.Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The lock ends with the process at the latest.
    }
  }

  @Override
  public boolean holdsModel() {
    return Files.exists(names.model(), LinkOption.NOFOLLOW_LINKS) && !isEmpty(names.model());
  }

  @Override
  public boolean matches(Manifest manifest) {
    return holdsModel() && new TreeComparison(names.model(), manifest).matches();
  }

  @Override
  public StagedModel stage(Manifest manifest) {
    if (holdsModel()) {
      throw new Problem(
          ProblemCode.TARGET_OCCUPIED, "a model still stands in " + names.model() + "; wipe it");
    }
    checks.requireRoom(names.parent(), FileSystemStatus.of(names.parent()), manifest);
    return StagedDirectory.create(names);
  }

  @Override
  public void announce(String text) {
    Path temporary = names.ready().resolveSibling(names.ready().getFileName() + ".new");
    try {
      Files.writeString(temporary, text + "\n");
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("r--r--r--"));
      Files.move(
          temporary,
          names.ready(),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TARGET_TOO_SMALL, names.ready() + " cannot be written; raise the limit", e);
    }
  }

  @Override
  public WipeExtent wipe(WipeManner manner) {
    try {
      Files.deleteIfExists(names.ready());
      if (Files.exists(names.model(), LinkOption.NOFOLLOW_LINKS)) {
        // Under this name the rest is recognised when the process dies half way.
        Files.move(names.model(), names.wiping(), StandardCopyOption.ATOMIC_MOVE);
      }
      return TreeWipe.wipe(names.wiping(), manner);
    } catch (IOException e) {
      throw incomplete(names, e);
    }
  }

  private static Problem incomplete(RegionNames names, IOException e) {
    return new Problem(
        ProblemCode.WIPE_INCOMPLETE,
        "plaintext remains below "
            + names.parent()
            + " ("
            + e.getClass().getSimpleName()
            + "); delete it by hand or unmount it",
        e);
  }

  @Override
  public void close() {
    try {
      if (!holdsModel()) {
        Files.deleteIfExists(names.owner());
      }
    } catch (IOException e) {
      // The mark says no more than that a model here would be ours.
    }
    letGo(owner);
  }
}
