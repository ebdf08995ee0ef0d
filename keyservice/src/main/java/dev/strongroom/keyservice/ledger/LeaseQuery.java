package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * Lists leases from the tables: all there ever were, newest first. The rows follow the log within a
 * fraction of a second; who must see the newest waits for {@link AppendingLedger#awaitRows}.
 */
public final class LeaseQuery {
  /** The most leases in one answer. */
  public static final int MAX_LIMIT = 1_000;

  private final Jdbi jdbi;

  public LeaseQuery(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /**
   * Which leases.
   *
   * @param model null for all models
   * @param subject {@code issuer|subject}; null for all
   * @param liveOnly whether ended leases are left out
   * @param before only those granted before this index of the log; null for the newest
   * @param limit 1 to {@value LeaseQuery#MAX_LIMIT}
   */
  public record Filter(
      @Nullable ModelName model,
      @Nullable String subject,
      boolean liveOnly,
      @Nullable Long before,
      int limit) {
    public Filter {
      Require.that(limit >= 1 && limit <= MAX_LIMIT, "ask for 1 to 1000 leases at once");
    }
  }

  /**
   * The leases, newest first. The index of the last one is where the next page begins.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE}
   */
  public List<LeaseState> list(Filter filter) {
    List<String> conditions = new ArrayList<>(List.of("1 = 1"));
    if (filter.model() != null) {
      conditions.add("l.model = :model");
    }
    if (filter.subject() != null) {
      conditions.add("l.subject = :subject");
    }
    if (filter.liveOnly()) {
      conditions.add("l.ended IS NULL");
    }
    if (filter.before() != null) {
      conditions.add("l.idx < :before");
    }
    String sql =
        "SELECT "
            + LedgerTables.LEASE_COLUMNS
            + " FROM leases l WHERE "
            + String.join(" AND ", conditions)
            + " ORDER BY l.idx DESC LIMIT :limit";
    try {
      return jdbi.withHandle(handle ->
          bound(handle.createQuery(sql), filter)
              .map((row, context) -> LedgerTables.lease(row))
              .list());
    } catch (JdbiException e) {
      throw new Problem(ProblemCode.STORE_UNAVAILABLE, "the leases cannot be listed now", e);
    }
  }

  private static Query bound(Query query, Filter filter) {
    query.bind("limit", filter.limit());
    if (filter.model() != null) {
      query.bind("model", filter.model().value());
    }
    if (filter.subject() != null) {
      query.bind("subject", filter.subject());
    }
    if (filter.before() != null) {
      query.bind("before", filter.before());
    }
    return query;
  }
}
