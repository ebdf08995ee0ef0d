package dev.strongroom.attestation.x509;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/** Certificates that evidence carries inside. */
public final class Certificates {
  private Certificates() {}

  /**
   * One in DER, with nothing behind it.
   *
   * @param field for messages: {@code certificate}
   * @throws AttestationException {@link AttestationCode#EVIDENCE_MALFORMED}
   */
  public static X509Certificate der(byte[] der, String field) {
    try {
      // The JDK would take PEM too.
      if (der.length > 0 && der[0] == 0x30) {
        ByteArrayInputStream in = new ByteArrayInputStream(der);
        X509Certificate certificate =
            (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        if (in.available() == 0) {
          return certificate;
        }
      }
    } catch (CertificateException e) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED, "the " + field + " is no X.509 certificate", e);
    }
    throw new AttestationException(
        AttestationCode.EVIDENCE_MALFORMED,
        "the " + field + " is not DER of one X.509 certificate");
  }
}
