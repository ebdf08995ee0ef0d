package dev.strongroom.cli.audit;

import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.Checkpoint;
import dev.strongroom.auditlog.LogReader;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Copies the log of a service into a directory, in the layout in which it is verified offline. What
 * is there already and cannot change is not fetched again; the checkpoint comes last, so that a
 * copy that was broken off is still the older copy. A copy only ever grows: a log that is smaller
 * than its copy, or does not continue it, leaves the copy's checkpoint as it is, and the newer one
 * is put beside it as evidence.
 */
public final class LogCopy {
  /** Where the log is read from. */
  @FunctionalInterface
  public interface LogSource {
    /**
     * The bytes behind a path below the service's origin.
     *
     * @throws Problem {@link ProblemCode#NOT_FOUND} and whatever else the service answers
     */
    byte[] bytes(String path);
  }

  private static final String CHECKPOINT = "checkpoint";

  /** What the service sent when it did not continue the copy. */
  static final String REFUSED = "checkpoint.refused";

  private final LogSource source;
  private final LogTrust trust;
  private final InstantSource clock;

  public LogCopy(LogSource source, LogTrust trust, InstantSource clock) {
    this.source = source;
    this.trust = trust;
    this.clock = clock;
  }

  /**
   * What was copied.
   *
   * @param checkpoint verified as far as its signatures go
   * @param fetched files that were fetched
   * @param kept whether an earlier checkpoint was kept beside the newer one
   */
  public record Copied(Checkpoint checkpoint, long fetched, boolean kept) {}

  /**
   * Copies what is missing.
   *
   * @param onFile hears the number of files fetched so far
   * @throws AuditLogException when a checkpoint does not verify, {@code log-rolled-back} when the
   *     log is smaller than the copy, {@code log-forked} when it does not continue it
   * @throws Problem what the service answers; {@link ProblemCode#CONFIGURATION_INVALID} when the
   *     directory cannot be written
   */
  public Copied into(Path directory, LongConsumer onFile) {
    return copy(directory, 0, true, onFile);
  }

  /**
   * Copies what has come since this process copied the same log to the same directory. What was
   * there then is not looked for again.
   *
   * @param before what was copied then
   * @param keep whether to keep the earlier checkpoint beside the newer one
   * @throws AuditLogException as {@link #into}
   * @throws Problem as {@link #into}
   */
  Copied more(Path directory, Copied before, boolean keep) {
    return copy(directory, before.checkpoint().size(), keep, files -> {});
  }

  private Copied copy(Path directory, long from, boolean keep, LongConsumer onFile) {
    try {
      Optional<Checkpoint> older = copied(directory);
      byte[] note = source.bytes("/v1/log/checkpoint");
      Checkpoint checkpoint = Checkpoint.verify(note, trust, clock.instant());
      LogReader reader = LogReader.at(directory, checkpoint);
      if (older.isPresent() && checkpoint.size() <= older.get().size()) {
        requireContinues(older.get(), reader, directory);
      }
      long fetched = 0;
      for (TileNames.TileName tile : TileNames.since(from, checkpoint.size())) {
        if (fetch(tile, directory)) {
          onFile.accept(++fetched);
        }
      }
      boolean grown = older.isPresent() && older.get().size() < checkpoint.size();
      if (grown) {
        requireContinues(older.get(), reader, directory);
        if (keep) {
          keep(older.get(), directory);
        }
      }
      write(directory.resolve(CHECKPOINT), note);
      if (grown) {
        removeOutgrown(older.get(), directory);
      }
      return new Copied(checkpoint, fetched, grown && keep);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "the copy in " + directory + " cannot be written", e);
    }
  }

  private Optional<Checkpoint> copied(Path directory) throws IOException {
    if (!Files.exists(directory.resolve(CHECKPOINT))) {
      return Optional.empty();
    }
    return Optional.of(LogReader.open(directory, trust, clock).checkpoint());
  }

  /** The tree of the older checkpoint must be the beginning of the new one. */
  private static void requireContinues(Checkpoint older, LogReader reader, Path directory)
      throws IOException {
    try {
      reader.requireContinues(older);
    } catch (AuditLogException e) {
      write(directory.resolve(REFUSED), noteOf(reader.checkpoint()));
      throw e;
    }
  }

  private static byte[] noteOf(Checkpoint checkpoint) {
    return checkpoint.note().getBytes(StandardCharsets.UTF_8);
  }

  private static void keep(Checkpoint older, Path directory) throws IOException {
    Path beside = directory.resolve(CHECKPOINT + "." + older.size());
    if (!Files.exists(beside)) {
      write(beside, noteOf(older));
    }
  }

  // Partial tiles whose full tile is there: whoever reads the copy at an older size finds that one.
  private static void removeOutgrown(Checkpoint older, Path directory) throws IOException {
    for (TileNames.TileName edge : TileNames.since(older.size(), older.size())) {
      Path partials = directory.resolve(edge.partialFolder());
      if (Files.exists(directory.resolve(edge.full().path())) && Files.exists(partials)) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(partials)) {
          for (Path file : files) {
            Files.delete(file);
          }
        }
        Files.delete(partials);
      }
    }
  }

  private boolean fetch(TileNames.TileName tile, Path directory) throws IOException {
    if (Files.exists(directory.resolve(tile.path()))
        || Files.exists(directory.resolve(tile.full().path()))) {
      return false;
    }
    try {
      write(directory.resolve(tile.path()), source.bytes("/v1/log/" + tile.path()));
    } catch (Problem e) {
      if (e.code() != ProblemCode.NOT_FOUND || !tile.partial()) {
        throw e;
      }
      // The log has grown meanwhile, and the partial tile has become a full one.
      String path = tile.full().path();
      write(directory.resolve(path), source.bytes("/v1/log/" + path));
    }
    return true;
  }

  // A file appears whole or not at all.
  private static void write(Path file, byte[] content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(file + " has no folder");
    }
    Files.createDirectories(folder);
    Path staged = folder.resolve(file.getFileName() + ".fetching");
    Files.write(staged, content);
    Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
