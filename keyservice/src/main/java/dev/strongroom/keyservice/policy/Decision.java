package dev.strongroom.keyservice.policy;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.problem.ProblemCode;

/** What the policy answers. */
public sealed interface Decision {
  /** The policy that decided. */
  Sha256Digest policyDigest();

  /** Each clause that was looked at, with the values seen. */
  Explanation explanation();

  /**
   * Yes.
   *
   * @param terms of the lease; meaningful for {@link Action#DECRYPT}
   */
  record Allowed(LeaseTerms terms, Sha256Digest policyDigest, Explanation explanation)
      implements Decision {}

  /**
   * No.
   *
   * @param code the stable reason
   */
  record Refused(ProblemCode code, Sha256Digest policyDigest, Explanation explanation)
      implements Decision {}

  /**
   * The terms of a lease.
   *
   * @param leaseSeconds how long it lasts
   * @param renewAfterSeconds when the holder should renew; below the lease
   * @param graceSeconds how long weights may stay past the lease while the service is unreachable
   * @param onExpiry what happens then
   */
  record LeaseTerms(
      long leaseSeconds, long renewAfterSeconds, long graceSeconds, ExpiryMode onExpiry) {}
}
