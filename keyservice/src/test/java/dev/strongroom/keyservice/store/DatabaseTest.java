package dev.strongroom.keyservice.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleListener;
import org.jdbi.v3.core.Handles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConnection;

class DatabaseTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("store.db");
  }

  private String pragma(Database store, String name) {
    return store
        .jdbi()
        .withHandle(handle -> handle.createQuery("PRAGMA " + name).mapTo(String.class).one());
  }

  private void assertRefused(ProblemCode code) {
    assertEquals(code, assertThrows(Problem.class, () -> Database.open(file)).code());
  }

  @Test
  void everyCommitIsSyncedAndEveryFileIsTheOwnersAlone() throws Exception {
    try (Database store = Database.open(file)) {
      assertEquals("wal", pragma(store, "journal_mode"));
      assertEquals("2", pragma(store, "synchronous"), "FULL");
      assertEquals("1", pragma(store, "foreign_keys"));
      assertEquals("1", pragma(store, "secure_delete"));
      assertEquals("10000", pragma(store, "busy_timeout"));
      for (String name : List.of("store.db", "store.db-wal", "store.db-shm")) {
        assertEquals(
            "rw-------",
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))),
            name);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rwx------", "rw-rw-rw-"})
  void aFileThatOthersMayUseIsRefused(String permissions) throws Exception {
    Database.open(file).close();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    assertRefused(ProblemCode.STORE_FILE_INSECURE);
  }

  @Test
  void aJournalThatOthersMayUseIsRefused() throws Exception {
    Files.createFile(folder.resolve("store.db-wal"));
    Files.setPosixFilePermissions(
        folder.resolve("store.db-wal"), PosixFilePermissions.fromString("rw-r--r--"));
    assertRefused(ProblemCode.STORE_FILE_INSECURE);
  }

  @Test
  void aLinkIsRefused() throws Exception {
    Database.open(folder.resolve("real.db")).close();
    Files.createSymbolicLink(file, folder.resolve("real.db"));
    assertRefused(ProblemCode.STORE_FILE_INSECURE);
  }

  @Test
  void whatIsNoDatabaseIsRefused() throws Exception {
    Files.writeString(
        file, "this is not a database, and long enough to be read as one\n".repeat(99));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertRefused(ProblemCode.STORE_UNAVAILABLE);
  }

  @Test
  void aFolderThatIsMissingIsRefused() {
    file = folder.resolve("absent").resolve("store.db");
    assertRefused(ProblemCode.STORE_UNAVAILABLE);
  }

  @Test
  void tablesChangedUnderTheirMigrationAreRefused() {
    try (Database store = Database.open(file)) {
      store
          .jdbi()
          .useHandle(handle -> handle.execute("UPDATE flyway_schema_history SET checksum = 1"));
    }
    assertRefused(ProblemCode.STORE_UNAVAILABLE);
  }

  @Test
  void aReopenedStoreKeepsItsRows() {
    try (Database store = Database.open(file)) {
      store.jdbi().useHandle(handle -> handle.execute("INSERT INTO nonces VALUES ('h', 1, 0)"));
    }
    try (Database store = Database.open(file)) {
      long rows =
          store
              .jdbi()
              .withHandle(handle ->
                  handle.createQuery("SELECT count(*) FROM nonces").mapTo(Long.class).one());
      assertEquals(1, rows);
    }
  }

  /** Enough that SQLite does not keep it in memory. */
  private static void fill(Database store) {
    store
        .jdbi()
        .useHandle(on -> {
          on.execute("CREATE TABLE large (content BLOB)");
          on.execute(
              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 32)"
                  + " INSERT INTO large SELECT randomblob(1000000) FROM n");
        });
  }

  /** Calls this again and again while the store is written anew, from within SQLite. */
  private static void during(Database store, Runnable look) {
    store
        .jdbi()
        .configure(
            Handles.class,
            handles ->
                handles.addListener(
                    new HandleListener() {
                      @Override
                      public void handleCreated(Handle handle) {
                        try {
                          ProgressHandler.setHandler(
                              handle.getConnection().unwrap(SQLiteConnection.class),
                              1,
                              new ProgressHandler() {
                                @Override
                                protected int progress() {
                                  look.run();
                                  return 0;
                                }
                              });
                        } catch (SQLException e) {
                          throw new IllegalStateException(e);
                        }
                      }
                    }));
  }

  private static List<String> openFiles() {
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      return links
          .map(link -> {
            try {
              return Files.readSymbolicLink(link).toString();
            } catch (IOException e) {
              return "";
            }
          })
          .filter(name -> name.contains("etilqs_"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theCopyThatIsMadeToWriteItAnewIsBesideIt() {
    try (Database store = Database.open(file)) {
      fill(store);
      Set<String> copies = new HashSet<>();
      during(store, () -> copies.addAll(openFiles()));
      store.scrub();
      assertFalse(copies.isEmpty(), "none was seen");
      assertTrue(
          copies.stream().allMatch(name -> name.startsWith(folder + "/etilqs_")), copies::toString);
    }
  }

  /** A disk that is full would stop the log. */
  @Test
  void itIsNotTriedToWriteItAnewWhereThereIsNoRoom() throws Exception {
    AtomicLong room = new AtomicLong();
    try (Database store = Database.open(file, on -> room.get())) {
      fill(store);
      long needed = 2 * (Files.size(file) + Files.size(folder.resolve("store.db-wal")));
      room.set(needed - 1);
      AtomicBoolean tried = new AtomicBoolean();
      during(store, () -> tried.set(true));
      Problem refused = assertThrows(Problem.class, store::scrub);
      assertEquals(ProblemCode.STORE_UNAVAILABLE, refused.code());
      assertTrue(
          String.valueOf(refused.getMessage()).contains(needed + " bytes"), refused.getMessage());
      assertFalse(tried.get());
      room.set(needed);
      store.scrub();
      assertTrue(tried.get());
    }
  }

  @Test
  void itIsWrittenAnewOnTheThreadThatWritesWhileOthersReadAndThoseWhoWriteWait() {
    try (Database store = Database.open(file)) {
      fill(store);
      Set<String> threads = new HashSet<>();
      Set<Integer> read = new HashSet<>();
      List<Future<Integer>> writes = new ArrayList<>();
      try (ExecutorService others = Executors.newVirtualThreadPerTaskExecutor()) {
        Thread[] inside = new Thread[1];
        during(
            store,
            () -> {
              if (inside[0] != null || !Thread.currentThread().getName().equals("store-writer")) {
                return;
              }
              inside[0] = Thread.currentThread();
              threads.add(Thread.currentThread().getName());
              read.add(
                  CompletableFuture.supplyAsync(
                          () ->
                              store
                                  .jdbi()
                                  .withHandle(on ->
                                      on.createQuery("SELECT count(*) FROM large")
                                          .mapTo(Integer.class)
                                          .one()),
                          others)
                      .join());
              for (int i = 0; i < 40; i++) {
                writes.add(
                    others.submit(() ->
                        Transactions.run(
                            store.jdbi(), on -> on.execute("INSERT INTO large VALUES (x'00')"))));
              }
            });
        store.scrub();
      }
      assertEquals(Set.of("store-writer"), threads);
      assertEquals(Set.of(32), read);
      assertEquals(40, writes.stream().mapToInt(Future::resultNow).sum());
    }
  }

  @Test
  void writingItAnewIsGivenUpWithTheProcess() {
    try (Database store = Database.open(file)) {
      fill(store);
      during(store, store::endScrub);
      assertThrows(Problem.class, store::scrub);
      assertEquals(
          ProblemCode.SHUTTING_DOWN, assertThrows(Problem.class, store::scrub).code(), "for good");
    }
    try (Database store = Database.open(file)) {
      assertEquals("ok", pragma(store, "integrity_check"));
    }
  }
}
