package dev.strongroom.attestation.tdx;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a deployment decides about platforms.
 *
 * @param acceptedStatuses of the whole of platform, module and quoting enclave; {@link
 *     TcbStatus#REVOKED} never
 * @param toleratedLateness for how long after its next update collateral (revocation lists
 *     included) is still taken
 * @param collateral whether there must be any
 */
public record TdxOptions(
    Set<TcbStatus> acceptedStatuses, Duration toleratedLateness, CollateralRule collateral) {
  /**
   * Collateral needed and current, and {@link TcbStatus#UP_TO_DATE} alone accepted. {@link
   * TcbStatus#SW_HARDENING_NEEDED} is left out because whether the software in a domain is hardened
   * is for its owner to say: who knows it accepts that status by name.
   */
  public static final TdxOptions STRICT =
      new TdxOptions(EnumSet.of(TcbStatus.UP_TO_DATE), Duration.ZERO, CollateralRule.REQUIRED);

  /** Whether there must be collateral. */
  public enum CollateralRule {
    /** TCB info, identity of the quoting enclave, revocation lists of root and PCK authority. */
    REQUIRED,
    /**
     * For inspection by people, never for a grant: without collateral the status of the platform is
     * unknown, any enclave of a genuine SGX platform may have signed as quoting enclave, and a
     * revoked platform passes. What is given is verified all the same.
     */
    VERIFIED_WHERE_GIVEN
  }

  public TdxOptions {
    acceptedStatuses = Set.copyOf(acceptedStatuses);
    if (acceptedStatuses.isEmpty() || acceptedStatuses.contains(TcbStatus.REVOKED)) {
      throw new IllegalArgumentException("accept some statuses, and never " + TcbStatus.REVOKED);
    }
    if (toleratedLateness.isNegative()) {
      throw new IllegalArgumentException("a tolerated lateness is not negative");
    }
  }

  /** The same, with these statuses accepted and no others. */
  public TdxOptions accepting(Set<TcbStatus> statuses) {
    return new TdxOptions(statuses, toleratedLateness, collateral);
  }

  /** The same, with collateral taken for so long after its next update. */
  public TdxOptions toleratingLateness(Duration lateness) {
    return new TdxOptions(acceptedStatuses, lateness, collateral);
  }

  /** The same, for tools: see {@link CollateralRule#VERIFIED_WHERE_GIVEN}. */
  public TdxOptions inspectingWithoutCollateral() {
    return new TdxOptions(acceptedStatuses, toleratedLateness, CollateralRule.VERIFIED_WHERE_GIVEN);
  }
}
