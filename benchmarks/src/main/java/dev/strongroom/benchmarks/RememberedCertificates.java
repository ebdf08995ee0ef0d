package dev.strongroom.benchmarks;

import dev.strongroom.testkit.attest.SnpGuest;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;

/**
 * The JDK hands out the same object for the bytes of a certificate that it has read before, of the
 * last 750 ones, and that object remembers by which key its signature was checked. So a chain is
 * seen for the first time only after as many others.
 */
final class RememberedCertificates {
  private static final int MORE_THAN_THE_JDK_REMEMBERS = 800;

  private final CertificateFactory factory;
  private final byte[] certificate;
  private int number;

  RememberedCertificates() throws GeneralSecurityException {
    this.factory = CertificateFactory.getInstance("X.509");
    this.certificate = new SnpGuest().root().getEncoded();
  }

  /** Makes the JDK read so many others. Their signatures do not hold; nobody checks them. */
  void forget() throws GeneralSecurityException {
    for (int i = 0; i < MORE_THAN_THE_JDK_REMEMBERS; i++) {
      ByteBuffer.wrap(certificate).putInt(certificate.length - Integer.BYTES, ++number);
      var _ = factory.generateCertificate(new ByteArrayInputStream(certificate));
    }
  }
}
