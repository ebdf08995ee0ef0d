package dev.strongroom.attestation.x509;

/** What revocation lists a chain needs. */
public enum Revocation {
  /** A list that is given is checked, and a stale one refused; none need be given. */
  CHECKED_WHERE_GIVEN,
  /**
   * Each authority below the root needs a fresh list of its issuer; leaves only where a list of
   * theirs is given. For vendors whose leaves are superseded, not revoked, and who sign no lists
   * for them.
   */
  REQUIRED_FOR_AUTHORITIES,
  /** Each certificate below the root needs a fresh list of its issuer. */
  REQUIRED
}
