package dev.strongroom.auditlog;

import java.time.Instant;

/**
 * A verifier key and the time in which its signatures count. Overlapping periods let keys rotate.
 *
 * @param notBefore the first instant, inclusive
 * @param notAfter the last instant, inclusive
 */
public record TrustedKey(VerifierKey key, Instant notBefore, Instant notAfter) {
  public TrustedKey {
    if (notAfter.isBefore(notBefore)) {
      throw new IllegalArgumentException("notAfter lies before notBefore");
    }
  }

  /** A key that is trusted until it is taken out of the set. */
  public static TrustedKey always(VerifierKey key) {
    return new TrustedKey(key, Instant.MIN, Instant.MAX);
  }

  boolean isValidAt(Instant time) {
    return !time.isBefore(notBefore) && !time.isAfter(notAfter);
  }
}
