package dev.strongroom.attestation.x509;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.jspecify.annotations.Nullable;

/**
 * Whether a revocation list speaks of a certificate at all (RFC 5280 section 5.2.5): a delta, a
 * list of some reasons or kinds, or one part of several says nothing by its silence. The JDK calls
 * the extensions that say so supported and leaves them to its caller.
 */
final class CrlScope {
  private static final String ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
  private static final String CRL_DISTRIBUTION_POINTS = "2.5.29.31";

  private CrlScope() {}

  /**
   * @throws AttestationException {@link AttestationCode#COLLATERAL_INVALID}
   */
  static void requireCovers(X509CRL list, X509Certificate certificate) {
    if (!covers(list, certificate)) {
      throw new AttestationException(
          AttestationCode.COLLATERAL_INVALID,
          "the revocation list of "
              + Names.of(list.getIssuerX500Principal())
              + " is not whole: an extension narrows it to other certificates, reasons or a delta");
    }
  }

  private static boolean covers(X509CRL list, X509Certificate certificate) {
    Set<String> critical = list.getCriticalExtensionOIDs();
    if (critical == null || critical.isEmpty()) {
      return true;
    }
    if (!critical.equals(Set.of(ISSUING_DISTRIBUTION_POINT))) {
      return false;
    }
    try {
      IssuingDistributionPoint scope =
          IssuingDistributionPoint.getInstance(
              content(list.getExtensionValue(ISSUING_DISTRIBUTION_POINT)));
      return !scope.onlyContainsUserCerts()
          && !scope.onlyContainsCACerts()
          && !scope.onlyContainsAttributeCerts()
          && !scope.isIndirectCRL()
          && scope.getOnlySomeReasons() == null
          && (scope.getDistributionPoint() == null
              || pointsOf(certificate).stream()
                  .anyMatch(names(scope.getDistributionPoint())::contains));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static List<GeneralName> pointsOf(X509Certificate certificate) {
    byte @Nullable [] extension = certificate.getExtensionValue(CRL_DISTRIBUTION_POINTS);
    List<GeneralName> all = new ArrayList<>();
    if (extension != null) {
      for (DistributionPoint point :
          CRLDistPoint.getInstance(content(extension)).getDistributionPoints()) {
        all.addAll(names(point.getDistributionPoint()));
      }
    }
    return all;
  }

  private static List<GeneralName> names(@Nullable DistributionPointName point) {
    return point != null && point.getType() == DistributionPointName.FULL_NAME
        ? List.of(GeneralNames.getInstance(point.getName()).getNames())
        : List.of();
  }

  private static byte[] content(byte[] extension) {
    return ASN1OctetString.getInstance(extension).getOctets();
  }
}
