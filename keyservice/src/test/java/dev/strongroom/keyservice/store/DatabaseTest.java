package dev.strongroom.keyservice.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
}
