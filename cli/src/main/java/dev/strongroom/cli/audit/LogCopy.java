package dev.strongroom.cli.audit;

import dev.strongroom.auditlog.Checkpoint;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.function.LongConsumer;

/**
 * Copies the log of a service into a directory, in the layout in which it is verified offline. What
 * is there already and cannot change is not fetched again; the checkpoint comes last, so that a
 * copy that was broken off is still the older copy.
 */
public final class LogCopy {
  private final Session session;
  private final LogTrust trust;
  private final InstantSource clock;

  public LogCopy(Session session, LogTrust trust, InstantSource clock) {
    this.session = session;
    this.trust = trust;
    this.clock = clock;
  }

  /**
   * What was copied.
   *
   * @param checkpoint verified as far as its signatures go
   * @param fetched files that were fetched
   */
  public record Copied(Checkpoint checkpoint, long fetched) {}

  /**
   * Copies what is missing.
   *
   * @param onFile hears the number of files fetched so far
   * @throws dev.strongroom.auditlog.AuditLogException when the checkpoint does not verify
   * @throws Problem what the service answers; {@link ProblemCode#CONFIGURATION_INVALID} when the
   *     directory cannot be written
   */
  public Copied into(Path directory, LongConsumer onFile) {
    byte[] note = session.bytes("/v1/log/checkpoint");
    Checkpoint checkpoint = Checkpoint.verify(note, trust, clock.instant());
    long fetched = 0;
    try {
      for (TileNames.TileName tile : TileNames.of(checkpoint.size())) {
        if (fetch(tile, directory)) {
          onFile.accept(++fetched);
        }
      }
      write(directory.resolve("checkpoint"), note);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "the copy in " + directory + " cannot be written", e);
    }
    return new Copied(checkpoint, fetched);
  }

  private boolean fetch(TileNames.TileName tile, Path directory) throws IOException {
    if (Files.exists(directory.resolve(tile.path()))
        || Files.exists(directory.resolve(tile.full().path()))) {
      return false;
    }
    try {
      write(directory.resolve(tile.path()), session.bytes("/v1/log/" + tile.path()));
    } catch (Problem e) {
      if (e.code() != ProblemCode.NOT_FOUND || !tile.partial()) {
        throw e;
      }
      // The log has grown meanwhile, and the partial tile has become a full one.
      String path = tile.full().path();
      write(directory.resolve(path), session.bytes("/v1/log/" + path));
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
