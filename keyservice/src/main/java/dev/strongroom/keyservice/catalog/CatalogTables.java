package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.store.Transactions;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/** Runs work on the tables of the catalog; a store that fails is a {@link Problem}. */
final class CatalogTables {
  private final Jdbi jdbi;

  CatalogTables(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /**
   * One transaction: all of it happens, durably, or nothing.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE}, and what the work throws
   */
  <T extends @Nullable Object> T inTransaction(Function<Handle, T> work) {
    try {
      return Transactions.run(jdbi, work::apply);
    } catch (JdbiException e) {
      throw unavailable(e);
    }
  }

  /**
   * One question. It sees what was committed last and does not wait for those who write; two
   * questions may see two states.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE}, and what the work throws
   */
  <T extends @Nullable Object> T read(Function<Handle, T> work) {
    try {
      return jdbi.withHandle(work::apply);
    } catch (JdbiException e) {
      throw unavailable(e);
    }
  }

  private static Problem unavailable(JdbiException cause) {
    return new Problem(
        ProblemCode.STORE_UNAVAILABLE,
        "the store of models cannot be used; look at its disk, then try again",
        cause);
  }
}
