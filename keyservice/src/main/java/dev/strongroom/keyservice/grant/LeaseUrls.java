package dev.strongroom.keyservice.grant;

import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import java.time.InstantSource;

/** New presigned GETs for a holder, while its lease lives. */
public final class LeaseUrls {
  private final Ledger ledger;
  private final Catalog catalog;
  private final ReadUrls urls;
  private final InstantSource clock;

  public LeaseUrls(Ledger ledger, Catalog catalog, ReadUrls urls, InstantSource clock) {
    this.ledger = ledger;
    this.catalog = catalog;
    this.urls = urls;
    this.clock = clock;
  }

  /**
   * @param jkt thumbprint of the caller's proof key
   * @throws Problem {@link ProblemCode#LEASE_UNKNOWN}; {@link ProblemCode#PROOF_INVALID} for
   *     another proof key; {@link ProblemCode#LEASE_ENDED}, also when it should have been renewed;
   *     {@link ProblemCode#MALFORMED_REQUEST} for a file that the manifest does not have
   */
  public Lease.Urls refresh(LeaseId id, String jkt, Lease.UrlsWanted wanted) {
    LedgerView view = ledger.view();
    LeaseState lease =
        view.lease(id)
            .orElseThrow(
                () -> new Problem(ProblemCode.LEASE_UNKNOWN, "there is no lease of this id"));
    if (!lease.holder().jkt().equals(jkt)) {
      throw new Problem(
          ProblemCode.PROOF_INVALID, "this lease belongs to another proof key; use the one it has");
    }
    if (lease.ended() != null
        || view.dueEnd(id).isPresent()
        || clock.instant().getEpochSecond() > lease.expiresAt()) {
      throw new Problem(
          ProblemCode.LEASE_ENDED, "the lease has ended; there are no URLs without one");
    }
    return new Lease.Urls(urls.of(catalog.published(lease.target()), wanted.indexes()));
  }
}
