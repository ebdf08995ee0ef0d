package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The certificates in a quote: PEM, white space around them, and zeros behind the last. */
final class PckChainPem {
  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
  private static final String END = "-----END CERTIFICATE-----";
  private static final int MAX_CERTIFICATES = 4;

  private PckChainPem() {}

  /**
   * Reads.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_MALFORMED}
   */
  static List<X509Certificate> parse(byte[] pem) {
    String text = new String(withoutZeros(pem), StandardCharsets.ISO_8859_1).strip();
    List<X509Certificate> certificates = new ArrayList<>();
    while (!text.isEmpty()) {
      int end = text.indexOf(END, BEGIN.length());
      if (!text.startsWith(BEGIN) || end < 0 || certificates.size() == MAX_CERTIFICATES) {
        throw malformed("is not one to " + MAX_CERTIFICATES + " certificates in PEM", null);
      }
      certificates.add(certificate(text.substring(BEGIN.length(), end)));
      text = text.substring(end + END.length()).stripLeading();
    }
    if (certificates.isEmpty()) {
      throw malformed("is empty", null);
    }
    return certificates;
  }

  private static byte[] withoutZeros(byte[] pem) {
    int size = pem.length;
    while (size > 0 && pem[size - 1] == 0) {
      size--;
    }
    return Arrays.copyOf(pem, size);
  }

  private static X509Certificate certificate(String base64) {
    StringBuilder dense = new StringBuilder(base64.length());
    for (int i = 0; i < base64.length(); i++) {
      char each = base64.charAt(i);
      if (each != '\n' && each != '\r') {
        dense.append(each);
      }
    }
    try {
      var der = new ByteArrayInputStream(Base64.getDecoder().decode(dense.toString()));
      var certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(der);
      if (der.available() > 0) {
        throw malformed("has bytes behind a certificate", null);
      }
      return certificate;
    } catch (IllegalArgumentException | CertificateException e) {
      throw malformed("has a certificate that cannot be read", e);
    }
  }

  private static AttestationException malformed(String what, @Nullable Exception cause) {
    return new AttestationException(
        AttestationCode.EVIDENCE_MALFORMED, "the PCK chain of the quote " + what, cause);
  }
}
