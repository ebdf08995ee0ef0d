package dev.strongroom.keyservice.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/**
 * The embedded SQL store: one SQLite file, readable by its owner alone, with the tables that the
 * migrations make. Every commit is synced (WAL, {@code synchronous=FULL}); deleted rows are
 * overwritten ({@code secure_delete}).
 */
public final class Database implements AutoCloseable {
  /** One writes, the others read. */
  private static final int CONNECTIONS = 16;

  private static final int SCRUB_ATTEMPTS = 3;

  /** How long to wait for the lock of another writer, or for a free connection. */
  private static final Duration WAIT = Duration.ofSeconds(10);

  private final Path file;
  private final Room room;
  private final HikariDataSource pool;
  private final OneWriter writer = OneWriter.waiting(WAIT);
  private final Jdbi jdbi;
  private final AtomicReference<@Nullable Statement> vacuuming = new AtomicReference<>();
  private volatile boolean ending;

  /** For how many bytes there is room on the disk of a file. */
  @FunctionalInterface
  interface Room {
    long beside(Path file) throws IOException;
  }

  private Database(Path file, Room room, HikariDataSource pool) {
    this.file = file;
    this.room = room;
    this.pool = pool;
    this.jdbi = Jdbi.create(pool).setTransactionHandler(writer);
    jdbi.configure(Transactions.class, transactions -> transactions.through(writer));
  }

  /**
   * Opens the store, makes it where there is none, and brings its tables up to date.
   *
   * @param file the database file, in a folder that exists
   * @throws Problem {@link ProblemCode#STORE_FILE_INSECURE} when others than the owner may read or
   *     write it, or it is no regular file; {@link ProblemCode#STORE_UNAVAILABLE} when it cannot be
   *     opened, or was written by a newer release
   */
  public static Database open(Path file) {
    return open(file, store -> Files.getFileStore(store).getUsableSpace());
  }

  static Database open(Path file, Room room) {
    Path absolute = file.toAbsolutePath().normalize();
    try {
      OwnerOnlyFile.createEmptyOnce(absolute);
      OwnerOnlyFile.requireSecureStore(absolute);
      OwnerOnlyFile.requireSecureStore(Path.of(absolute + "-wal"));
      OwnerOnlyFile.requireSecureStore(Path.of(absolute + "-shm"));
    } catch (IOException e) {
      throw unavailable(absolute, e);
    }
    HikariDataSource pool = null;
    try {
      pool = new HikariDataSource(configuration(absolute));
      Flyway.configure().dataSource(pool).locations("classpath:db/migration").load().migrate();
      return new Database(absolute, room, pool);
    } catch (FlywayException | com.zaxxer.hikari.pool.HikariPool.PoolInitializationException e) {
      if (pool != null) {
        pool.close();
      }
      throw unavailable(absolute, e);
    }
  }

  private static HikariConfig configuration(Path file) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("store");
    config.setJdbcUrl("jdbc:sqlite:" + file);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(WAIT.toMillis());
    config.addDataSourceProperty("journal_mode", "WAL");
    config.addDataSourceProperty("synchronous", "FULL");
    config.addDataSourceProperty("busy_timeout", Long.toString(WAIT.toMillis()));
    config.addDataSourceProperty("foreign_keys", "true");
    config.addDataSourceProperty("secure_delete", "true");
    // A transaction that begins by reading could not wait for the lock when it comes to write.
    config.addDataSourceProperty("transaction_mode", "IMMEDIATE");
    return config;
  }

  private static Problem unavailable(Path file, Exception cause) {
    return new Problem(
        ProblemCode.STORE_UNAVAILABLE,
        "the store " + file + " cannot be opened: " + cause.getMessage(),
        cause);
  }

  /**
   * Leaves nothing in the files of what was deleted or replaced before. SQLite overwrites deleted
   * rows, but copies that it made while it moved rows between pages, and the pages in the WAL, are
   * only gone when the file is written anew and the WAL is empty. Who writes waits meanwhile; who
   * reads does not.
   *
   * <p>Needs twice the size of the store beside it: SQLite makes a copy without a name in that
   * folder, so that no wrapped key is written to another disk, and writes it back through the WAL.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE} when that did not succeed
   */
  public void scrub() {
    try {
      writer.anew(this::writeAnew);
    } catch (JdbiException e) {
      throw notAnew(e);
    }
  }

  private Problem notAnew(Exception cause) {
    return new Problem(
        ProblemCode.STORE_UNAVAILABLE,
        "the store " + file + " cannot be written anew: " + cause.getMessage(),
        cause);
  }

  private void writeAnew() {
    requireRoom();
    vacuum();
    for (int attempt = 1; !emptiesWal(); attempt++) {
      if (attempt == SCRUB_ATTEMPTS) {
        throw new Problem(
            ProblemCode.STORE_UNAVAILABLE,
            "the WAL of the store " + file + " is in use all the time; try again later");
      }
    }
  }

  // Not found out by trying: the log may be on that disk, and stops when it is full.
  private void requireRoom() {
    try {
      long needed = 2 * (sizeOf(file) + sizeOf(Path.of(file + "-wal")));
      long there = room.beside(file);
      if (there < needed) {
        throw new Problem(
            ProblemCode.STORE_UNAVAILABLE,
            "to write the store "
                + file
                + " anew takes "
                + needed
                + " bytes beside it, and "
                + there
                + " are free: make room");
      }
    } catch (IOException e) {
      throw notAnew(e);
    }
  }

  private static long sizeOf(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  private void vacuum() {
    String folder = String.valueOf(file.getParent()).replace("'", "''");
    try (Handle handle = jdbi.open();
        Statement statement = handle.getConnection().createStatement()) {
      // Of the whole process, and therefore said before each use.
      statement.execute("PRAGMA temp_store_directory = '" + folder + "'");
      begin(statement);
      try {
        statement.execute("VACUUM");
      } finally {
        vacuuming.set(null);
      }
    } catch (SQLException e) {
      throw notAnew(e);
    }
  }

  private void begin(Statement statement) {
    vacuuming.set(statement);
    if (ending) {
      throw new Problem(
          ProblemCode.SHUTTING_DOWN, "the store is written anew at the next start instead");
    }
  }

  /** Gives up writing the store anew, for good: the process ends. */
  public void endScrub() {
    ending = true;
    Statement statement = vacuuming.get();
    if (statement != null) {
      try {
        statement.cancel();
      } catch (SQLException e) {
        throw unavailable(file, e);
      }
    }
  }

  // Waits for readers as long as any statement waits for a lock.
  private boolean emptiesWal() {
    return jdbi.withHandle(handle ->
        handle
            .createQuery("PRAGMA wal_checkpoint(TRUNCATE)")
            .map((row, context) -> row.getInt(1) == 0)
            .one());
  }

  /**
   * The tables. Transactions write, and run one after the other: see {@link Transactions}. Whoever
   * only reads asks outside of one, and waits for nobody.
   */
  public Jdbi jdbi() {
    return jdbi;
  }

  public Path file() {
    return file;
  }

  @Override
  public void close() {
    endScrub();
    writer.close();
    pool.close();
  }
}
