package dev.strongroom.attestation.snp;

import java.util.Arrays;
import java.util.Optional;

/** A line of processors that has a root of its own (57230, chapter 2). */
public enum Product {
  /** Family 19h, models 00h to 0Fh. */
  MILAN("Milan"),
  /** Family 19h, models 10h to 1Fh, and A0h to AFh: Bergamo and Siena are of this line. */
  GENOA("Genoa"),
  /** Family 1Ah, models 00h to 11h. */
  TURIN("Turin");

  private final String productName;

  Product(String productName) {
    this.productName = productName;
  }

  /** As AMD writes it. */
  public String productName() {
    return productName;
  }

  /**
   * The line of these.
   *
   * @param family base and extended family added up, as the report has it
   * @param model base and extended model put together
   */
  public static Optional<Product> ofCpu(int family, int model) {
    return switch (family) {
      case 0x19 ->
          isWithin(model, 0x00, 0x0f)
              ? Optional.of(MILAN)
              : isWithin(model, 0x10, 0x1f) || isWithin(model, 0xa0, 0xaf)
                  ? Optional.of(GENOA)
                  : Optional.empty();
      case 0x1a -> isWithin(model, 0x00, 0x11) ? Optional.of(TURIN) : Optional.empty();
      default -> Optional.empty();
    };
  }

  /** The line that signs leaves of this kind under this common name. */
  static Optional<Product> ofAuthority(SigningKey kind, String commonName) {
    return Arrays.stream(values())
        .filter(product -> product.authority(kind).equals(commonName))
        .findFirst();
  }

  private static boolean isWithin(int value, int least, int most) {
    return value >= least && value <= most;
  }

  /** The common name of the ASK or ASVK. */
  String authority(SigningKey kind) {
    return switch (kind) {
      case VCEK -> "SEV-" + productName;
      case VLEK -> "SEV-VLEK-" + productName;
    };
  }

  /** The common name of the ARK. */
  String root() {
    return "ARK-" + productName;
  }

  /**
   * Whether a certificate's {@code productName} is of this line: its name, and a stepping behind a
   * hyphen in some certificates.
   */
  boolean isNamed(String certified) {
    return certified.equals(productName) || certified.startsWith(productName + "-");
  }
}
