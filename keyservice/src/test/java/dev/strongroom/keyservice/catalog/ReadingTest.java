package dev.strongroom.keyservice.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.store.Database;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Grants read the catalog: what writes to the store must not hold them up. */
class ReadingTest {
  private static final ModelVersion TARGET = ModelVersion.parse("acme/chat:1");

  @TempDir Path folder;
  private Database store;
  private Jdbi jdbi;

  @BeforeEach
  void open() {
    store = Database.open(folder.resolve("store.db"));
    jdbi = store.jdbi();
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** Asks while another holds the lock of who writes. */
  private <T> T whileSomebodyWrites(Supplier<T> question) {
    return jdbi.inTransaction(on -> {
      on.execute("DELETE FROM object_removals");
      return CompletableFuture.supplyAsync(question).join();
    });
  }

  @Test
  void aVersionIsReadWhileOthersWrite() {
    SqlCatalog catalog = new SqlCatalog(jdbi, 1 << 20);
    assertEquals(
        ProblemCode.VERSION_UNKNOWN,
        whileSomebodyWrites(
            () -> assertThrows(Problem.class, () -> catalog.published(TARGET)).code()));
    assertEquals(List.of(), whileSomebodyWrites(() -> catalog.versionsOf(TARGET.model())));
  }

  @Test
  void wrappedKeysAreReadAndCountedWhileOthersWrite() {
    WrappedKeyStore keys = new WrappedKeyStore(jdbi);
    assertEquals(List.of(), whileSomebodyWrites(() -> keys.after(WrappedKeyStore.START, 10)));
    assertEquals(List.of(), whileSomebodyWrites(keys::counts));
  }

  @Test
  void draftsAreFoundWhileOthersWrite() {
    DraftStore drafts = new DraftStore(jdbi);
    DraftId id = DraftId.random(new SecureRandom());
    assertEquals(Optional.empty(), whileSomebodyWrites(() -> drafts.find(id)));
    assertEquals(Optional.empty(), whileSomebodyWrites(() -> drafts.find(TARGET)));
    assertEquals(List.of(), whileSomebodyWrites(drafts::all));
    assertEquals(0, whileSomebodyWrites(() -> new DraftObjects(jdbi).objectCount(id)));
    assertEquals(
        Optional.empty(), whileSomebodyWrites(() -> new PublicationStore(jdbi).finalised(id)));
  }
}
