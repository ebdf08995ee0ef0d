package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/** How far the wipes of leases that a revocation ended have come, out of the tables. */
public final class WipeQuery {
  /** The most leases that are named. */
  public static final int MAX_NAMED = 100;

  private final Jdbi jdbi;
  private final AppendingLedger ledger;

  public WipeQuery(Jdbi jdbi, AppendingLedger ledger) {
    this.jdbi = jdbi;
    this.ledger = ledger;
  }

  /**
   * How far.
   *
   * @param ended leases that it ended
   * @param wiped of these, whose holder said that it wiped
   * @param unconfirmed of these, whose holder did not say so in time
   * @param unconfirmedLeases the newest of these, {@value WipeQuery#MAX_NAMED} at most
   */
  public record Wipes(long ended, long wiped, long unconfirmed, List<LeaseId> unconfirmedLeases) {
    public Wipes {
      unconfirmedLeases = List.copyOf(unconfirmedLeases);
    }
  }

  /**
   * Whom a revocation meets or met, also after it was lifted; empty where the store has none of
   * this id.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE}
   */
  public Optional<RevocationSelector> selectorOf(RevocationId revocation) {
    ledger.requireRows();
    try {
      return jdbi.withHandle(handle ->
          handle
              .createQuery("SELECT * FROM revocations WHERE id = :id")
              .bind("id", revocation.value())
              .map((row, context) -> LedgerTables.revocation(row).selector())
              .findOne());
    } catch (JdbiException e) {
      throw new Problem(ProblemCode.STORE_UNAVAILABLE, "the revocations cannot be read now", e);
    }
  }

  /**
   * Everything that the log has of it now.
   *
   * @throws Problem {@link ProblemCode#REVOCATION_UNKNOWN} where the store has none of this id;
   *     {@link ProblemCode#STORE_UNAVAILABLE}
   */
  public Wipes of(RevocationId revocation) {
    ledger.requireRows();
    try {
      return jdbi.withHandle(handle -> {
        boolean known =
            handle
                .createQuery("SELECT EXISTS (SELECT 1 FROM revocations WHERE id = :id)")
                .bind("id", revocation.value())
                .mapTo(Boolean.class)
                .one();
        if (!known) {
          throw new Problem(
              ProblemCode.REVOCATION_UNKNOWN, "there was never a revocation of this id");
        }
        Map<String, Long> counts = new HashMap<>();
        handle
            .createQuery(
                "SELECT wipe, count(*) AS n FROM leases WHERE ended_by = :id GROUP BY wipe")
            .bind("id", revocation.value())
            .map((row, context) -> Map.entry(row.getString("wipe"), row.getLong("n")))
            .forEach(count -> counts.put(count.getKey(), count.getValue()));
        List<LeaseId> unconfirmed =
            handle
                .createQuery(
                    "SELECT id FROM leases WHERE ended_by = :id AND wipe = 'unconfirmed'"
                        + " ORDER BY idx DESC LIMIT "
                        + MAX_NAMED)
                .bind("id", revocation.value())
                .map((row, context) -> new LeaseId(row.getString("id")))
                .list();
        return new Wipes(
            counts.values().stream().mapToLong(Long::longValue).sum(),
            counts.getOrDefault("confirmed", 0L),
            counts.getOrDefault("unconfirmed", 0L),
            unconfirmed);
      });
    } catch (JdbiException e) {
      throw new Problem(ProblemCode.STORE_UNAVAILABLE, "the leases cannot be read now", e);
    }
  }
}
