package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.x509.VerifiedChain;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * The roles of certificates below Intel's root. PCK and TCB signing certificates lead to the same
 * root: without a look at the role, the key of one platform could sign collateral for all.
 */
final class IntelCertificates {
  private static final String PCK = "Intel SGX PCK Certificate";
  private static final Set<String> PCK_AUTHORITIES =
      Set.of("Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA");
  private static final String TCB_SIGNING = "Intel SGX TCB Signing";

  private IntelCertificates() {}

  static boolean isTcbSigning(X509Certificate certificate) {
    return certificate.getBasicConstraints() < 0 && commonName(certificate).equals(TCB_SIGNING);
  }

  /**
   * A leaf named as a PCK, issued by a PCK authority, issued by the root.
   *
   * @throws AttestationException {@link AttestationCode#CHAIN_INVALID}
   */
  static void requirePck(VerifiedChain chain) {
    if (chain.path().size() != 2
        || chain.leaf().getBasicConstraints() >= 0
        || !commonName(chain.leaf()).equals(PCK)
        || !PCK_AUTHORITIES.contains(commonName(chain.path().getLast()))) {
      throw new AttestationException(
          AttestationCode.CHAIN_INVALID,
          "the certificate that vouches for the quoting enclave is none of a PCK");
    }
  }

  /**
   * A leaf issued by the root.
   *
   * @throws AttestationException {@link AttestationCode#CHAIN_INVALID}
   */
  static void requireTcbSigning(VerifiedChain chain) {
    if (chain.path().size() != 1 || !isTcbSigning(chain.leaf())) {
      throw new AttestationException(
          AttestationCode.CHAIN_INVALID,
          "the certificate that signs the collateral is none that the root issued for that");
    }
  }

  private static String commonName(X509Certificate certificate) {
    try {
      for (Rdn each : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (each.getType().equalsIgnoreCase("CN") && each.getValue() instanceof String name) {
          return name;
        }
      }
      return "";
    } catch (InvalidNameException e) {
      return "";
    }
  }
}
