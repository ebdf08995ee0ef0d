package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import java.time.InstantSource;

/** Verifies what the service says about one lease: signed by a pinned key, and about this lease. */
final class LeaseMessages {
  private final TrustBundle trust;
  private final InstantSource clock;
  private final LeaseId lease;
  private final String jkt;

  LeaseMessages(TrustBundle trust, InstantSource clock, Grant grant) {
    this.trust = trust;
    this.clock = clock;
    this.lease = grant.lease();
    this.jkt = grant.cnf().jkt();
  }

  /**
   * @param sequence of the renewal that was sent
   * @throws Problem {@link ProblemCode#GRANT_SIGNATURE_INVALID}, {@link ProblemCode#GRANT_MISMATCH}
   */
  Lease.Statement statement(String signed, long sequence) {
    Lease.Statement statement =
        parse(verified(signed, MessageType.LEASE_STATEMENT), Lease.Statement.class);
    requireOurs(statement.iss(), statement.lease(), statement.jkt());
    if (statement.sequence() != sequence) {
      throw mismatch("renewal");
    }
    return statement;
  }

  /**
   * @throws Problem {@link ProblemCode#GRANT_SIGNATURE_INVALID}, {@link ProblemCode#GRANT_MISMATCH}
   */
  Lease.Event event(String signed) {
    Lease.Event event = parse(verified(signed, MessageType.LEASE_EVENT), Lease.Event.class);
    requireOurs(event.iss(), event.lease(), event.jkt());
    return event;
  }

  private byte[] verified(String signed, String type) {
    UnverifiedJws jws =
        UnverifiedJws.parse(signed, type, Grant.MAX_CHARS, ProblemCode.GRANT_SIGNATURE_INVALID);
    return jws.verify(
        trust.grantKey(jws.keyId(), clock.instant()), ProblemCode.GRANT_SIGNATURE_INVALID);
  }

  private static <T> T parse(byte[] payload, Class<T> type) {
    return CanonicalJson.parse(payload, type, Grant.MAX_CHARS);
  }

  private void requireOurs(String iss, LeaseId id, String key) {
    if (!iss.equals(trust.origin())) {
      throw mismatch("service");
    }
    if (!id.equals(lease)) {
      throw mismatch("lease");
    }
    if (!key.equals(jkt)) {
      throw mismatch("proof key");
    }
  }

  private static Problem mismatch(String what) {
    return new Problem(
        ProblemCode.GRANT_MISMATCH, "the service's word is signed, but for another " + what);
  }
}
