package dev.strongroom.keyservice.store;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;

/**
 * The epoch that live nonces carry, in a file beside the store and in the log. An ordinary restart
 * keeps it. Where the two differ, or the file is gone, the store is not the one that the last
 * nonces were made for: it was restored or rebuilt, and a new epoch voids them.
 */
public final class NonceEpoch {
  private static final String SUFFIX = ".epoch";

  /** Positive, and small enough for every JSON parser (RFC 7493 section 2.2). */
  private static final long MASK = (1L << 52) - 1;

  private static final int MAX_CHARS = 32;

  private NonceEpoch() {}

  /**
   * The epoch to announce in {@code service.started}.
   *
   * @param store the database file
   * @param lastInLog the epoch of the last {@code service.started}; 0 where there is none
   * @throws Problem {@link ProblemCode#STORE_FILE_INSECURE}, {@link ProblemCode#STORE_UNAVAILABLE}
   */
  public static long atStart(Path store, long lastInLog, SecureRandom random) {
    Path file = fileOf(store);
    try {
      OwnerOnlyFile.requireSecureStore(file);
      if (lastInLog != 0 && read(file) == lastInLog) {
        return lastInLog;
      }
      long epoch = next(lastInLog, random);
      write(file, epoch);
      return epoch;
    } catch (IOException e) {
      throw unavailable(file, e);
    }
  }

  /** Voids all nonces at the next start: called when a store is restored or rebuilt. */
  public static void end(Path store) {
    Path file = fileOf(store);
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw unavailable(file, e);
    }
  }

  private static Path fileOf(Path store) {
    return Path.of(store.toAbsolutePath().normalize() + SUFFIX);
  }

  private static long next(long last, SecureRandom random) {
    long epoch = last;
    while (epoch == last || epoch == 0) {
      epoch = random.nextLong() & MASK;
    }
    return epoch;
  }

  /** The epoch in the file; 0 where there is none that can be read. */
  private static long read(Path file) throws IOException {
    if (!Files.exists(file) || Files.size(file) > MAX_CHARS) {
      return 0;
    }
    try {
      return Long.parseLong(Files.readString(file, StandardCharsets.US_ASCII).strip());
    } catch (NumberFormatException | java.nio.charset.CharacterCodingException e) {
      return 0;
    }
  }

  private static void write(Path file, long epoch) throws IOException {
    Path fresh = Path.of(file + ".new");
    Files.deleteIfExists(fresh);
    OwnerOnlyFile.createEmpty(fresh);
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      ByteBuffer text = StandardCharsets.US_ASCII.encode(epoch + "\n");
      while (text.hasRemaining()) {
        channel.write(text);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static Problem unavailable(Path file, IOException cause) {
    return new Problem(
        ProblemCode.STORE_UNAVAILABLE,
        "the file " + file + " of the nonce epoch cannot be used: " + cause.getMessage(),
        cause);
  }
}
