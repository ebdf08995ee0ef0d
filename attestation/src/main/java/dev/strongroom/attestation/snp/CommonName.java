package dev.strongroom.attestation.snp;

import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/** The common names of AMD's certificates tell their part: 57230, chapter 2. */
final class CommonName {
  private CommonName() {}

  /** The only one; empty when there is none, or more than one. */
  static String of(X500Principal principal) {
    try {
      RDN[] names = X500Name.getInstance(principal.getEncoded()).getRDNs(BCStyle.CN);
      return names.length == 1
              && !names[0].isMultiValued()
              && names[0].getFirst().getValue() instanceof ASN1String name
          ? name.getString()
          : "";
    } catch (IllegalArgumentException | IllegalStateException e) {
      return ""; // a name that nobody can read is none of AMD's
    }
  }
}
