package dev.strongroom.keyservice.store;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.config.JdbiConfig;
import org.jspecify.annotations.Nullable;

/**
 * Transactions that wait for their turn before they take a connection: those who wait keep none
 * from those who read.
 */
public final class Transactions implements JdbiConfig<Transactions> {
  private @Nullable OneWriter writer;

  /** For Jdbi: of a store without a {@link Database}, whose transactions take no turns. */
  public Transactions() {}

  void through(OneWriter one) {
    writer = one;
  }

  @Override
  public Transactions createCopy() {
    return this;
  }

  /**
   * One transaction.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE} when the store is written anew for longer
   *     than others are waited for
   * @throws org.jdbi.v3.core.JdbiException when the store fails, or others write for longer
   */
  public static <R extends @Nullable Object, X extends Exception> R run(
      Jdbi jdbi, HandleCallback<R, X> work) throws X {
    return run(jdbi, work, OneWriter.Patience.USUAL);
  }

  /**
   * The same for work in the background, which waits for as long as the store is written anew.
   *
   * @throws org.jdbi.v3.core.JdbiException when the store fails, or others write for longer
   */
  public static <R extends @Nullable Object, X extends Exception> R runPatiently(
      Jdbi jdbi, HandleCallback<R, X> work) throws X {
    return run(jdbi, work, OneWriter.Patience.AS_LONG_AS_IT_IS_WRITTEN_ANEW);
  }

  private static <R extends @Nullable Object, X extends Exception> R run(
      Jdbi jdbi, HandleCallback<R, X> work, OneWriter.Patience patience) throws X {
    OneWriter one = jdbi.getConfig(Transactions.class).writer;
    return one == null
        ? jdbi.inTransaction(work)
        : one.inTurn(patience, () -> jdbi.inTransaction(work));
  }
}
