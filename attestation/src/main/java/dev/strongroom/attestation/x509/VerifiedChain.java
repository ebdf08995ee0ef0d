package dev.strongroom.attestation.x509;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A chain that holds.
 *
 * @param path from the leaf to below the root
 * @param root the pinned one
 * @param notBefore from when the whole of it is valid, revocation lists included
 * @param notAfter until when
 */
public record VerifiedChain(
    List<X509Certificate> path, X509Certificate root, Instant notBefore, Instant notAfter) {

  public VerifiedChain {
    path = List.copyOf(path);
  }

  public X509Certificate leaf() {
    return path.getFirst();
  }

  boolean holdsAt(Instant at) {
    return !at.isBefore(notBefore) && !at.isAfter(notAfter);
  }
}
