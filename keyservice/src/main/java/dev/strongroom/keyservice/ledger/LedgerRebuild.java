package dev.strongroom.keyservice.ledger;

import dev.strongroom.auditlog.LogReader;
import dev.strongroom.keyservice.store.Database;
import dev.strongroom.keyservice.store.NonceEpoch;

/**
 * Makes the tables that follow the log again, from the log alone. Other tables of the store are
 * left as they are. Nonces from before are void at the next start.
 */
public final class LedgerRebuild {
  private static final int BATCH = 4_096;

  private LedgerRebuild() {}

  /**
   * Empties and refills the tables. A rebuild that is broken off is finished by the next start of
   * the service, or by another rebuild. The service must not be running.
   *
   * @param log read as of one checkpoint; what stands beyond it is replayed at the next start
   * @return the number of entries
   * @throws dev.strongroom.core.problem.Problem {@code LOG_CORRUPT}, {@code STORE_UNAVAILABLE}
   */
  public static long rebuild(LogReader log, Database store, LedgerLimits limits) {
    NonceEpoch.end(store.file());
    LedgerTables tables = new LedgerTables(store.jdbi(), limits);
    tables.clear();
    Progress[] progress = {Progress.beginning(log.checkpoint().origin())};
    LedgerReplay.follow(log, 0, BATCH, batch -> progress[0] = tables.write(progress[0], batch));
    return progress[0].nextIndex();
  }
}
