package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.security.cert.X509Certificate;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a VCEK or VLEK certificate says (57230, chapter 3). Not trusted before its chain is.
 *
 * @param product the line of the authority that issued it
 * @param tcb what the key is derived from, or was loaded for
 * @param hardwareId of the chip, 64 bytes, Turin's 8 with zeros behind them; null for a VLEK
 * @param providerId {@code CSP_ID}, the cloud provider's name; null for a VCEK
 */
record CertifiedKey(
    X509Certificate certificate,
    SigningKey kind,
    Product product,
    TcbVersion tcb,
    @Nullable Bytes hardwareId,
    @Nullable String providerId) {
  private static final String ARC = "1.3.6.1.4.1.3704.1.";
  private static final String PRODUCT_NAME = ARC + "2";
  private static final String BOOT_LOADER = ARC + "3.1";
  private static final String TEE = ARC + "3.2";
  private static final String SNP = ARC + "3.3";
  private static final String MICROCODE = ARC + "3.8";
  private static final String FMC = ARC + "3.9";
  private static final String HARDWARE_ID = ARC + "4";
  private static final String PROVIDER_ID = ARC + "5";
  private static final int HARDWARE_ID_SIZE = 64;
  private static final int TURIN_HARDWARE_ID_SIZE = 8;

  /** What kind this certificate says that it is of. */
  static Optional<SigningKey> kindOf(X509Certificate certificate) {
    String name = CommonName.of(certificate.getSubjectX500Principal());
    for (SigningKey kind : SigningKey.values()) {
      if (kind.subject().equals(name)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /**
   * Reads.
   *
   * @throws AttestationException {@link AttestationCode#ENDORSEMENT_MALFORMED}, or {@link
   *     AttestationCode#CERTIFICATE_MISMATCH} when its issuer signs none of this kind, or its
   *     product name is of another line than its issuer
   */
  static CertifiedKey of(X509Certificate certificate, SigningKey kind) {
    AmdExtensions extensions = new AmdExtensions(certificate);
    Product product = product(certificate, kind, extensions);
    for (int unused = 4; unused <= 7; unused++) {
      if (extensions.securityVersion(ARC + "3." + unused).orElse(0) != 0) {
        throw malformed("it has a security version of a part that is not known here");
      }
    }
    TcbVersion tcb =
        new TcbVersion(
            fmc(extensions, product),
            required(extensions, BOOT_LOADER, "blSPL"),
            required(extensions, TEE, "teeSPL"),
            required(extensions, SNP, "snpSPL"),
            required(extensions, MICROCODE, "ucodeSPL"));
    return switch (kind) {
      case VCEK ->
          new CertifiedKey(certificate, kind, product, tcb, hardwareId(extensions, product), null);
      case VLEK -> new CertifiedKey(certificate, kind, product, tcb, null, providerId(extensions));
    };
  }

  private static Product product(
      X509Certificate certificate, SigningKey kind, AmdExtensions extensions) {
    String issuer = CommonName.of(certificate.getIssuerX500Principal());
    Product product =
        Product.ofAuthority(kind, issuer)
            .orElseThrow(() ->
                new AttestationException(
                    AttestationCode.CERTIFICATE_MISMATCH,
                    "the issuer of the certificate of "
                        + kind.subject()
                        + " is no authority for such keys of Milan, Genoa or Turin"));
    String name =
        extensions.text(PRODUCT_NAME).orElseThrow(() -> malformed("it has no productName"));
    if (!product.isNamed(name)) {
      throw new AttestationException(
          AttestationCode.CERTIFICATE_MISMATCH,
          "the certificate of "
              + kind.subject()
              + " names another product than "
              + product.productName()
              + ", whose authority issued it");
    }
    return product;
  }

  private static @Nullable Integer fmc(AmdExtensions extensions, Product product) {
    return switch (product) {
      case TURIN -> required(extensions, FMC, "fmcSPL");
      case MILAN, GENOA -> {
        if (extensions.securityVersion(FMC).orElse(0) != 0) {
          throw malformed("it has an fmcSPL, and its product has no FMC");
        }
        yield null;
      }
    };
  }

  private static int required(AmdExtensions extensions, String oid, String name) {
    return extensions.securityVersion(oid).orElseThrow(() -> malformed("it has no " + name));
  }

  private static Bytes hardwareId(AmdExtensions extensions, Product product) {
    Bytes id =
        extensions
            .octets(HARDWARE_ID, HARDWARE_ID_SIZE, TURIN_HARDWARE_ID_SIZE)
            .orElseThrow(() -> malformed("it has no hwID"));
    if (id.size() != HARDWARE_ID_SIZE && product != Product.TURIN) {
      throw malformed("its hwID has " + id.size() + " bytes");
    }
    if (id.isZero()) {
      throw malformed("its hwID is zero");
    }
    return id.padded(HARDWARE_ID_SIZE);
  }

  private static String providerId(AmdExtensions extensions) {
    return extensions.text(PROVIDER_ID).orElseThrow(() -> malformed("it has no cspID"));
  }

  private static AttestationException malformed(String what) {
    return new AttestationException(
        AttestationCode.ENDORSEMENT_MALFORMED,
        "the certificate of the report's key cannot be used: " + what);
  }
}
