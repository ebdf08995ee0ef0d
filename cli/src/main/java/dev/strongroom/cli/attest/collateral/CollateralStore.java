package dev.strongroom.cli.attest.collateral;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder that {@code attestation.collateral} names. Files come in whole, by rename, so that a
 * service that looks meanwhile sees the old or the new one.
 */
public final class CollateralStore {
  /** Says what a bundle has. */
  public static final String INDEX = "index.json";

  private static final int MAX_BYTES = 4 << 20;
  private static final int MAX_FILES = 64;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private final Path folder;

  /**
   * @throws Problem {@link ProblemCode#INVALID_PATH} when it is no folder
   */
  public CollateralStore(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw invalid(folder + " is no folder", null);
    }
    this.folder = folder;
  }

  /**
   * The index of a bundle.
   *
   * @param files each with its digest
   */
  record Index(String format, List<Entry> files) {
    static final String FORMAT = "strongroom-collateral-bundle/v1";

    Index {
      Require.that(FORMAT.equals(format), "this is no index of the format " + FORMAT);
      files = List.copyOf(Require.present(files, "files"));
    }
  }

  /** One file of a bundle. */
  record Entry(String name, Sha256Digest sha256) {
    Entry {
      Require.that(
          name != null && NAME.matcher(name).matches() && !name.equals(INDEX),
          "a file of a bundle has a plain name");
      Require.present(sha256, "sha256");
    }
  }

  /** Everything in it, by file. */
  List<CollateralItem> items() {
    List<CollateralItem> items = new ArrayList<>();
    for (Path file : files()) {
      items.addAll(CollateralItem.of(file.getFileName().toString(), read(file)));
    }
    return items;
  }

  private List<Path> files() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw invalid(folder + " cannot be read", e);
    }
  }

  /**
   * Puts a file into it, when it is collateral.
   *
   * @throws dev.strongroom.attestation.AttestationException when it is none
   */
  void put(String name, byte[] content) {
    var _ = CollateralItem.of(name, content);
    // The service passes over names with a dot in front.
    Path written = folder.resolve("." + name + ".new");
    try {
      try {
        var _ = Files.write(written, content);
        var _ =
            Files.move(
                written,
                folder.resolve(name),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
      } finally {
        var _ = Files.deleteIfExists(written);
      }
    } catch (IOException e) {
      throw invalid(name + " cannot be written into " + folder, e);
    }
  }

  /**
   * Copies all of it into a new folder, with an index.
   *
   * @return digest of the index, by which the other side knows the bundle
   */
  public Sha256Digest export(Path bundle) {
    List<Entry> entries = new ArrayList<>();
    try {
      var _ = Files.createDirectory(bundle);
      for (Path file : files()) {
        byte[] content = read(file);
        String name = file.getFileName().toString();
        var _ = CollateralItem.of(name, content);
        entries.add(new Entry(name, Sha256Digest.of(content)));
        var _ = Files.write(bundle.resolve(name), content, StandardOpenOption.CREATE_NEW);
      }
      byte[] index = CanonicalJson.writeRecord(new Index(Index.FORMAT, entries));
      var _ = Files.write(bundle.resolve(INDEX), index, StandardOpenOption.CREATE_NEW);
      return Sha256Digest.of(index);
    } catch (IOException e) {
      throw invalid(bundle + " cannot be written, or is there already", e);
    }
  }

  /**
   * Takes a bundle in: all of it, or nothing when any file is not what the index says.
   *
   * @param expected digest of the index; null to take it as it is
   * @return how many files
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} for another bundle
   */
  public int take(Path bundle, @Nullable Sha256Digest expected) {
    byte[] index = read(bundle.resolve(INDEX));
    Require.that(
        expected == null || expected.equals(Sha256Digest.of(index)),
        "the index is not the one that was exported: its SHA-256 is " + Sha256Digest.of(index));
    List<Entry> entries = CanonicalJson.parse(index, Index.class, MAX_BYTES).files();
    Require.that(entries.size() <= MAX_FILES, "a bundle has at most " + MAX_FILES + " files");
    List<byte[]> contents = new ArrayList<>();
    for (Entry entry : entries) {
      byte[] content = read(bundle.resolve(entry.name()));
      Require.that(
          entry.sha256().equals(Sha256Digest.of(content)),
          entry.name() + " is not what the index says");
      var _ = CollateralItem.of(entry.name(), content);
      contents.add(content);
    }
    for (int i = 0; i < contents.size(); i++) {
      put(entries.get(i).name(), contents.get(i));
    }
    return contents.size();
  }

  /**
   * Does something that only one process at a time may do here.
   *
   * @throws Problem {@link ProblemCode#OVERLOADED} while another does
   */
  void alone(Runnable act) {
    Path lockFile = folder.resolveSibling("." + folder.getFileName() + ".fetching");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        throw busy(null);
      }
      act.run();
    } catch (OverlappingFileLockException e) {
      throw busy(e);
    } catch (IOException e) {
      throw invalid(lockFile + " cannot be written", e);
    }
  }

  private Problem busy(@Nullable Exception cause) {
    return new Problem(
        ProblemCode.OVERLOADED, "another process fetches into " + folder + " already", cause);
  }

  private static byte[] read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw invalid(file + " has more than " + MAX_BYTES + " bytes", null);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw invalid(file + " cannot be read", e);
    }
  }

  private static Problem invalid(String message, @Nullable Exception cause) {
    return new Problem(ProblemCode.INVALID_PATH, message, cause);
  }
}
