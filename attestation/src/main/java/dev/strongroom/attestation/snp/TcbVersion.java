package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The security versions of what a platform runs (56860, TCB_VERSION). Each is between 0 and 255,
 * and only ever compared with the same part.
 *
 * @param fmc of the FMC firmware; null on products before Turin, which have none
 * @param bootLoader of the boot loader of the secure processor
 * @param tee of its operating system
 * @param snp of the SNP firmware
 * @param microcode of the lowest microcode of all cores
 */
public record TcbVersion(@Nullable Integer fmc, int bootLoader, int tee, int snp, int microcode) {

  /**
   * Of the 64 bits that a report has.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_MALFORMED} when bits are set that
   *     this product reserves
   */
  static TcbVersion of(long bits, Product product, String field) {
    return switch (product) {
      case MILAN, GENOA -> {
        requireReserved(bits & 0x0000_ffff_ffff_0000L, product, field);
        yield new TcbVersion(null, part(bits, 0), part(bits, 1), part(bits, 6), part(bits, 7));
      }
      case TURIN -> {
        requireReserved(bits & 0x00ff_ffff_0000_0000L, product, field);
        yield new TcbVersion(
            part(bits, 0), part(bits, 1), part(bits, 2), part(bits, 3), part(bits, 7));
      }
    };
  }

  private static int part(long bits, int index) {
    return (int) (bits >>> (8 * index)) & 0xff;
  }

  private static void requireReserved(long bits, Product product, String field) {
    if (bits != 0) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          field + " of the report has bits that are reserved on " + product.productName());
    }
  }

  /** Whether no part is above the same part of the other. */
  boolean isAtMost(TcbVersion other) {
    return fmcNumber() <= other.fmcNumber()
        && bootLoader <= other.bootLoader
        && tee <= other.tee
        && snp <= other.snp
        && microcode <= other.microcode;
  }

  private int fmcNumber() {
    return fmc == null ? 0 : fmc;
  }

  Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    if (fmc != null) {
      values.put("fmc", (long) fmc);
    }
    values.put("boot_loader", (long) bootLoader);
    values.put("tee", (long) tee);
    values.put("snp", (long) snp);
    values.put("microcode", (long) microcode);
    return values;
  }

  @Override
  public String toString() {
    return (fmc == null ? "" : "FMC " + fmc + ", ")
        + "boot loader "
        + bootLoader
        + ", TEE "
        + tee
        + ", SNP "
        + snp
        + ", microcode "
        + microcode;
  }
}
