package dev.strongroom.keyservice.ledger;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogCode;
import dev.strongroom.auditlog.LogUnavailableException;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * The log as auditors fetch it: checkpoint, tiles and entry bundles (C2SP tlog-tiles), and receipts
 * of single entries.
 */
public final class PublishedLog {
  private static final int MAX_PATH = 64;

  /**
   * {@code tile/LEVEL/N} or {@code tile/entries/N}, N in groups of three digits, with {@code
   * .p/WIDTH} for a partial one. Nothing else in the folder can be named.
   */
  private static final Pattern TILE =
      Pattern.compile(
          "tile/(?:[0-9]|[1-5][0-9]|6[0-3]|entries)/(?:x[0-9]{3}/){0,5}[0-9]{3}"
              + "(?:\\.p/(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?");

  private final AuditLog log;
  private final Path folder;

  /**
   * @param folder the folder of the same log
   */
  public PublishedLog(AuditLog log, Path folder) {
    this.log = log;
    this.folder = folder;
  }

  /**
   * An entry and the proof that it is in the log.
   *
   * @param receipt C2SP tlog-proof text, without the leaf
   */
  public record Receipted(Blob leaf, String receipt) {}

  /**
   * The published checkpoint: a signed note whose tiles can be fetched. It follows the log within
   * moments.
   *
   * @throws Problem {@link ProblemCode#LOG_UNAVAILABLE}
   */
  public byte[] checkpoint() {
    return read("checkpoint");
  }

  /**
   * A tile or entry bundle.
   *
   * @param path as in C2SP tlog-tiles, from {@code tile/} on
   * @throws Problem {@link ProblemCode#NOT_FOUND} when there is none, or the path is of another
   *     form; {@link ProblemCode#LOG_UNAVAILABLE}
   */
  public byte[] tile(String path) {
    if (path.length() > MAX_PATH || !TILE.matcher(path).matches()) {
      throw notFound("this is not the path of a tile or of an entry bundle (C2SP tlog-tiles)");
    }
    return read(path);
  }

  private byte[] read(String path) {
    try {
      return Files.readAllBytes(folder.resolve(path));
    } catch (NoSuchFileException e) {
      throw notFound(path + " does not exist, or not yet; see the size in the checkpoint");
    } catch (IOException e) {
      throw new Problem(ProblemCode.LOG_UNAVAILABLE, "the log cannot be read", e);
    }
  }

  /**
   * An entry with its receipt, against the newest checkpoint.
   *
   * @throws Problem {@link ProblemCode#NOT_FOUND} when the log is not that long; {@link
   *     ProblemCode#LOG_CORRUPT} when the entry is damaged; {@link ProblemCode#LOG_UNAVAILABLE}
   */
  public Receipted receipt(long index) {
    try {
      Receipt receipt = log.reader().receiptFor(index);
      return new Receipted(Blob.of(receipt.leaf()), receipt.toDetachedText());
    } catch (AuditLogException e) {
      throw e.code() == LogCode.INDEX_OUT_OF_RANGE
          ? notFound("the log has no entry of this index yet")
          : new Problem(ProblemCode.LOG_CORRUPT, "the entry cannot be proved", e);
    } catch (LogUnavailableException e) {
      throw new Problem(ProblemCode.LOG_UNAVAILABLE, "the log cannot be read now", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.SHUTTING_DOWN, "interrupted while the log was read", e);
    }
  }

  private static Problem notFound(String message) {
    return new Problem(ProblemCode.NOT_FOUND, message);
  }
}
