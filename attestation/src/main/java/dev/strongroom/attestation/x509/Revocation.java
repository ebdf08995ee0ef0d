package dev.strongroom.attestation.x509;

/** What revocation lists a chain needs. */
public enum Revocation {
  /** A list that is given is checked, and a stale one refused; none need be given. */
  CHECKED_WHERE_GIVEN,
  /** Each certificate below the root needs a fresh list of its issuer. */
  REQUIRED
}
