package dev.strongroom.attestation.tpm.enrol;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.jspecify.annotations.Nullable;

/**
 * Certificates of endorsement keys (TCG, EK Credential Profile for TPM Family 2.0, version 2.5,
 * section 3). Their subject may be empty; what they are of stands in the subject alternative name.
 */
public final class EkCertificates {
  private static final int MAX_BYTES = 8192;
  private static final String EK_CERTIFICATE = "2.23.133.8.1";
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  private static final Map<ASN1ObjectIdentifier, String> ATTRIBUTES =
      Map.of(
          new ASN1ObjectIdentifier("2.23.133.2.1"), "manufacturer",
          new ASN1ObjectIdentifier("2.23.133.2.2"), "model",
          new ASN1ObjectIdentifier("2.23.133.2.3"), "version");
  private static final int KEY_ENCIPHERMENT = 2;
  private static final int KEY_AGREEMENT = 4;

  private final ChainVerifier chains;

  /**
   * A verifier.
   *
   * @param makers the roots, and the intermediates that are at hand, of makers whose TPMs are taken
   */
  public EkCertificates(PinnedRoots makers) {
    this.chains = new ChainVerifier(makers, Revocation.CHECKED_WHERE_GIVEN);
  }

  /**
   * Verifies a certificate.
   *
   * @param certificate DER, alone or as it is read from an NV index of fixed size: followed by
   *     nothing but 0xff, or nothing but 0x00
   * @param endorsements intermediates and revocation lists
   * @throws AttestationException {@link AttestationCode#ENDORSEMENT_MALFORMED}, {@link
   *     AttestationCode#CHAIN_INVALID} for a certificate of another use, {@link
   *     AttestationCode#ALGORITHM_UNKNOWN}, or as {@link ChainVerifier#verify}
   */
  public EndorsementKey verify(byte[] certificate, Endorsements endorsements, Instant at) {
    byte[] der = withoutPadding(certificate);
    X509Certificate read =
        Endorsements.parse(List.of(der)).certificates().stream()
            .findFirst()
            .orElseThrow(() -> malformed("is no certificate", null));
    var _ = EkProfile.of(read.getPublicKey());
    requireEndorsementKey(read);
    var _ = chains.verify(read, endorsements.certificates(), endorsements.crls(), at);
    return EndorsementKey.of(read.getPublicKey(), der, attributes(read));
  }

  /** NV indices have a size of their own; what is behind the certificate is not part of it. */
  private static byte[] withoutPadding(byte[] content) {
    if (content.length > MAX_BYTES) {
      throw malformed("has more than " + MAX_BYTES + " bytes", null);
    }
    int length = derLength(content);
    if (length > content.length) {
      throw malformed("ends before its end", null);
    }
    byte[] padding = Arrays.copyOfRange(content, length, content.length);
    byte[] expected = new byte[padding.length];
    if (padding.length > 0) {
      Arrays.fill(expected, padding[0]);
    }
    if (!Arrays.equals(padding, expected)
        || (padding.length > 0 && padding[0] != 0 && padding[0] != (byte) 0xff)) {
      throw malformed("has bytes behind it that are no padding", null);
    }
    return Arrays.copyOf(content, length);
  }

  // X.690 section 8.1.3, of a SEQUENCE with a length of two bytes: none is shorter or longer.
  private static int derLength(byte[] content) {
    if (content.length < 4 || content[0] != 0x30 || content[1] != (byte) 0x82) {
      throw malformed("is no DER of a certificate", null);
    }
    return 4 + (Byte.toUnsignedInt(content[2]) << 8) + Byte.toUnsignedInt(content[3]);
  }

  private static void requireEndorsementKey(X509Certificate certificate) {
    try {
      List<String> extended = certificate.getExtendedKeyUsage();
      boolean[] usage = certificate.getKeyUsage();
      if (certificate.getBasicConstraints() == -1
          && (extended == null || extended.contains(EK_CERTIFICATE))
          && (usage == null || usage[KEY_ENCIPHERMENT] || usage[KEY_AGREEMENT])) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw malformed("has no readable key usage", e);
    }
    throw new AttestationException(
        AttestationCode.CHAIN_INVALID,
        "the certificate is not one of an endorsement key: where it has them, its extended key"
            + " usage must name tcg-kp-EKCertificate ("
            + EK_CERTIFICATE
            + ") and its key usage keyEncipherment or keyAgreement");
  }

  private static Map<String, String> attributes(X509Certificate certificate) {
    Map<String, String> attributes = new HashMap<>();
    byte[] extension = certificate.getExtensionValue(SUBJECT_ALTERNATIVE_NAME);
    if (extension == null) {
      return attributes;
    }
    try {
      GeneralNames names =
          GeneralNames.getInstance(ASN1OctetString.getInstance(extension).getOctets());
      for (GeneralName name : names.getNames()) {
        if (name.getTagNo() == GeneralName.directoryName) {
          add(X500Name.getInstance(name.getName()), attributes);
        }
      }
      return attributes;
    } catch (IllegalArgumentException | IllegalStateException | ClassCastException e) {
      throw malformed("has a subject alternative name that cannot be read", e);
    }
  }

  private static void add(X500Name name, Map<String, String> attributes) {
    for (RDN rdn : name.getRDNs()) {
      for (AttributeTypeAndValue each : rdn.getTypesAndValues()) {
        String known = ATTRIBUTES.get(each.getType());
        if (known != null) {
          attributes.put(known, each.getValue().toString());
        }
      }
    }
  }

  private static AttestationException malformed(String why, @Nullable Exception cause) {
    return new AttestationException(
        AttestationCode.ENDORSEMENT_MALFORMED,
        "the certificate of the endorsement key " + why,
        cause);
  }
}
