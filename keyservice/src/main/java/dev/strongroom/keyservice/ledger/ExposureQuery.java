package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.exposure.CopyState;
import dev.strongroom.core.exposure.ExposedGrant;
import dev.strongroom.core.exposure.ExposureScope;
import dev.strongroom.core.exposure.ExposureTotals;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.ledger.LedgerView.End;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * Finds the grants that a scope covers, out of the tables, which keep every grant that the log has.
 * Rows are read one after the other, and of those that match only a page is kept, so that memory
 * does not grow with the log.
 */
public final class ExposureQuery {
  /** The most grants in one page. */
  public static final int MAX_LIMIT = 1_000;

  private static final long MILLIS = 1_000;

  private final Jdbi jdbi;
  private final AppendingLedger ledger;

  public ExposureQuery(Jdbi jdbi, AppendingLedger ledger) {
    this.jdbi = jdbi;
    this.ledger = ledger;
  }

  /**
   * Which part of them.
   *
   * @param before only those granted before this index of the log; null for the newest
   * @param limit 1 to {@value ExposureQuery#MAX_LIMIT}
   */
  public record Page(@Nullable Long before, int limit) {
    public Page {
      Require.that(limit >= 1 && limit <= MAX_LIMIT, "ask for 1 to 1000 grants at once");
      Require.that(before == null || before >= 0, "an index of the log is a number from 0");
    }
  }

  /**
   * What was found.
   *
   * @param totals of all pages; null from the second page on
   * @param grants of this page, the newest first
   * @param next {@code before} of the next page; null after the last
   */
  public record Found(
      @Nullable ExposureTotals totals, List<ExposedGrant> grants, @Nullable Long next) {
    public Found {
      grants = List.copyOf(grants);
    }
  }

  /**
   * Everything that the log has of it now.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE} when the store cannot be read, or lacks
   *     what the log has: an exposure that might not be whole is not given
   */
  public Found find(ExposureScope scope, Page page) {
    ledger.requireRows();
    Sql sql = Sql.of(scope, page);
    try {
      return jdbi.withHandle(handle -> {
        try (var rows =
            sql
                .bound(handle.createQuery(sql.text()))
                .map((row, context) -> LedgerTables.lease(row))
                .stream()) {
          return collect(scope, page, rows.iterator());
        }
      });
    } catch (JdbiException e) {
      throw new Problem(ProblemCode.STORE_UNAVAILABLE, "the grants cannot be read now", e);
    }
  }

  private static Found collect(ExposureScope scope, Page page, Iterator<LeaseState> rows) {
    ExposureTotals.Tally tally = new ExposureTotals.Tally();
    List<ExposedGrant> grants = new ArrayList<>();
    Long next = null;
    while (rows.hasNext()) {
      LeaseState lease = rows.next();
      if (!scope.matches(lease.holding(), lease.grantedAt())) {
        continue;
      }
      ExposedGrant grant = exposed(lease);
      if (grants.size() < page.limit()) {
        grants.add(grant);
      } else if (next == null) {
        next = grants.getLast().index();
        if (page.before() != null) {
          break;
        }
      }
      tally.add(grant);
    }
    return new Found(page.before() == null ? tally.totals() : null, grants, next);
  }

  private static ExposedGrant exposed(LeaseState lease) {
    End end = lease.end();
    CopyState told =
        switch (lease.wipe()) {
          case NOT_HEARD -> null;
          case CONFIRMED -> CopyState.WIPED;
          case UNCONFIRMED -> CopyState.WIPE_UNCONFIRMED;
        };
    return ExposedGrant.of(
        lease.id(),
        lease.holding(),
        lease.index(),
        lease.grantedAt(),
        lease.dataKeyId(),
        lease.expiresAt(),
        end == null ? null : new ExposedGrant.End(end.cause(), end.at() / MILLIS),
        CopyState.of(lease.ended(), lease.mode(), lease.onExpiry(), told));
  }

  /**
   * What the store can leave out before a row is read: every condition holds for all that the scope
   * covers, and perhaps for more.
   */
  private record Sql(String text, Map<String, Object> values) {
    static Sql of(ExposureScope scope, Page page) {
      Map<String, Object> values = new HashMap<>();
      List<String> conditions = new ArrayList<>(List.of("1 = 1"));
      Conditions all =
          (name, value, condition) -> {
            if (value != null) {
              values.put(name, value);
              conditions.add(condition);
            }
          };
      all.add("before", page.before(), "l.idx < :before");
      all.add("since", scope.since(), "l.at >= :since");
      all.add("until", scope.until(), "l.at < :until");
      if (scope.selector() != null) {
        add(scope.selector(), all);
      }
      return new Sql(
          "SELECT "
              + LedgerTables.LEASE_COLUMNS
              + " FROM leases l WHERE "
              + String.join(" AND ", conditions)
              + " ORDER BY l.idx DESC",
          values);
    }

    private static void add(RevocationSelector selector, Conditions all) {
      all.add("lease", text(selector.lease()), "l.id = :lease");
      all.add("subject", selector.subject(), bySubject(selector.subject()));
      all.add("pod", selector.podUid(), "l.pod_uid = :pod");
      all.add("jkt", selector.jkt(), "l.jkt = :jkt");
      all.add("model", text(selector.model()), "l.model = :model");
      all.add("version", text(selector.version()), "l.version = :version");
      // What evidence says stands in its claims letter by letter; some write it in capitals.
      all.add("chip", selector.chip(), "instr(lower(l.evidence_claims), :chip) > 0");
      all.add("measurement", selector.measurement(), "instr(l.evidence_claims, :measurement) > 0");
      all.add("image", selector.image(), "instr(l.pod, :image) > 0");
      all.add("node", selector.node(), "instr(l.pod, :node) > 0");
      String type = selector.tcbBelow() == null ? null : selector.tcbBelow().type();
      all.add("type", type, "instr(' ' || l.evidence_types || ' ', ' ' || :type || ' ') > 0");
      all.add(
          "evidence",
          selector.evidence(),
          "instr(' ' || l.evidence_types || ' ', ' ' || :evidence || ' ') > 0");
    }

    // A SPIFFE ID may have been shown by a certificate beside the token of another subject.
    private static String bySubject(@Nullable String subject) {
      return subject == null || !subject.startsWith("spiffe://")
          ? "l.subject = :subject"
          : "(l.subject = :subject OR"
              + " instr(l.identities, substr(:subject, instr(:subject, '|') + 1)) > 0)";
    }

    private static @Nullable String text(@Nullable Object value) {
      return value == null ? null : value.toString();
    }

    Query bound(Query query) {
      return query.bindMap(values);
    }
  }

  @FunctionalInterface
  private interface Conditions {
    void add(String name, @Nullable Object value, String condition);
  }
}
