package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * Certificates of attestation keys. A certificate vouches for a key, and the attributes of the key
 * are the word of whoever sends it: so the certificate must say that it is one of an attestation
 * key (TCG, Credential Profile AIK, extended key usage tcg-kp-AIKCertificate), and no other
 * certificate of the same authority will do.
 */
final class AkCertificates {
  private static final String AIK_CERTIFICATE = "2.23.133.8.3";

  private final ChainVerifier chains;

  AkCertificates(PinnedRoots roots) {
    this.chains = new ChainVerifier(roots, Revocation.CHECKED_WHERE_GIVEN);
  }

  /**
   * Looks for one of this key, and verifies it.
   *
   * @return empty when there is none
   * @throws AttestationException when there is one, and it does not hold
   */
  Optional<KeyTrust> vouch(PublicKey key, Verification against) {
    List<X509Certificate> given = against.endorsements().certificates();
    for (X509Certificate certificate : given) {
      if (certificate.getPublicKey().equals(key)) {
        requireAttestationKey(certificate);
        var _ = chains.verify(certificate, given, against.endorsements().crls(), against.at());
        return Optional.of(new KeyTrust.Certified(digest(certificate)));
      }
    }
    return Optional.empty();
  }

  private static void requireAttestationKey(X509Certificate certificate) {
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      if (certificate.getBasicConstraints() == -1
          && usages != null
          && usages.contains(AIK_CERTIFICATE)) {
        return;
      }
    } catch (CertificateParsingException e) {
      throw new AttestationException(
          AttestationCode.ENDORSEMENT_MALFORMED,
          "the certificate of the attestation key has no readable key usage",
          e);
    }
    throw new AttestationException(
        AttestationCode.ATTESTATION_KEY_UNTRUSTED,
        "the certificate of the attestation key is not one of an attestation key: its extended key"
            + " usage must have tcg-kp-AIKCertificate ("
            + AIK_CERTIFICATE
            + ")");
  }

  private static Bytes digest(X509Certificate certificate) {
    try {
      return HashAlgorithm.SHA256.digest(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new AttestationException(
          AttestationCode.ENDORSEMENT_MALFORMED, "a certificate cannot be encoded", e);
    }
  }
}
