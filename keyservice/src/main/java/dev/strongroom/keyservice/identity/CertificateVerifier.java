package dev.strongroom.keyservice.identity;

import java.security.cert.X509Certificate;
import java.util.List;

/** Verifies client certificates. */
public interface CertificateVerifier {

  /**
   * The identity that the certificate proves now. That the peer holds its key, the TLS handshake
   * has shown.
   *
   * @param chain the leaf first; not empty
   * @throws dev.strongroom.core.problem.Problem {@code CERTIFICATE_INVALID}, {@code
   *     CERTIFICATE_EXPIRED}, {@code TRUST_DOMAIN_UNKNOWN}, {@code TRUST_BUNDLE_UNAVAILABLE}
   */
  VerifiedCertificate verify(List<X509Certificate> chain);
}
