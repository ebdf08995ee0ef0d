package dev.strongroom.cli.attest.collateral;

import dev.strongroom.attestation.snp.Product;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Where Intel and AMD publish what evidence is verified with. Intel: PCS API 4 for TDX. AMD: Key
 * Distribution Service, publication 57230, chapter 4.
 */
public final class VendorCollateral {
  /** Intel's provisioning certification service. */
  public static final String PCS = "https://api.trustedservices.intel.com";

  /** Where the root of Intel's lists is. */
  public static final String INTEL_ROOT = "https://certificates.trustedservices.intel.com";

  /** AMD's key distribution service. */
  public static final String KDS = "https://kdsintf.amd.com";

  private static final int REPORT_BYTES = 1184;
  private static final int REPORTED_TCB = 0x180;
  private static final int CHIP_ID = 0x1a0;
  private static final int CHIP_ID_BYTES = 64;
  private static final int TURIN_CHIP_ID_BYTES = 8;

  private final VendorService service;
  private final CollateralStore store;

  VendorCollateral(VendorService service, CollateralStore store) {
    this.service = service;
    this.store = store;
  }

  /** Identity of the quoting enclave and the revocation lists, which are of all TDX platforms. */
  void tdx(String pcs, String root) {
    keepSigned(
        URI.create(pcs + "/tdx/certification/v4/qe/identity"),
        "SGX-Enclave-Identity-Issuer-Chain",
        "tdx-qe-identity");
    for (String ca : new String[] {"platform", "processor"}) {
      keep(
          URI.create(pcs + "/sgx/certification/v4/pckcrl?ca=" + ca + "&encoding=der"),
          "intel-pck-" + ca + ".crl");
    }
    keep(URI.create(root + "/IntelSGXRootCA.der"), "intel-root.crl");
  }

  /**
   * TCB info of one kind of platform.
   *
   * @param fmspc 12 hexadecimal digits
   */
  void tdxPlatform(String pcs, String fmspc) {
    String lower = fmspc.toLowerCase(Locale.ROOT);
    keepSigned(
        URI.create(pcs + "/tdx/certification/v4/tcb?fmspc=" + lower),
        "TCB-Info-Issuer-Chain",
        "tdx-tcb-" + lower);
  }

  /** The revocation list of a line of processors. */
  void snp(String kds, Product product) {
    keep(
        URI.create(kds + "/vcek/v1/" + product.productName() + "/crl"),
        "amd-" + product.productName().toLowerCase(Locale.ROOT) + ".crl");
  }

  /** The certificate of the chip, at the security versions that a report names. */
  void vcek(String kds, Product product, byte[] report) {
    if (report.length < REPORT_BYTES) {
      throw new Problem(ProblemCode.INVALID_PATH, "a report of SEV-SNP has 1184 bytes");
    }
    boolean turin = product == Product.TURIN;
    byte[] chip =
        Arrays.copyOfRange(
            report, CHIP_ID, CHIP_ID + (turin ? TURIN_CHIP_ID_BYTES : CHIP_ID_BYTES));
    if (Arrays.equals(chip, new byte[chip.length])) {
      throw new Problem(
          ProblemCode.INVALID_PATH, "the report names no chip: its host masks the chip id");
    }
    byte[] tcb = Arrays.copyOfRange(report, REPORTED_TCB, REPORTED_TCB + 8);
    String id = HexFormat.of().formatHex(chip);
    String versions =
        turin
            ? versions("fmcSPL", tcb[0], "blSPL", tcb[1], "teeSPL", tcb[2], "snpSPL", tcb[3])
            : versions("blSPL", tcb[0], "teeSPL", tcb[1], "snpSPL", tcb[6]);
    keep(
        URI.create(
            "%s/vcek/v1/%s/%s?%s&ucodeSPL=%02d"
                .formatted(kds, product.productName(), id, versions, Byte.toUnsignedInt(tcb[7]))),
        "amd-vcek-" + id.substring(0, 16) + "-" + HexFormat.of().formatHex(tcb) + ".der");
  }

  private static String versions(Object... namesAndValues) {
    StringBuilder query = new StringBuilder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      query
          .append(i == 0 ? "" : "&")
          .append(namesAndValues[i])
          .append('=')
          .append("%02d".formatted(Byte.toUnsignedInt((Byte) namesAndValues[i + 1])));
    }
    return query.toString();
  }

  private void keep(URI address, String name) {
    store.put(name, service.get(address, "").body());
  }

  // The chain that signs comes in a header, as PEM in the encoding of URLs.
  private void keepSigned(URI address, String header, String name) {
    VendorService.Answer answer = service.get(address, header);
    if (answer.issuerChain().isEmpty()) {
      throw new Problem(
          ProblemCode.SERVICE_UNREACHABLE, address + " answers without the header " + header);
    }
    String chain = URLDecoder.decode(answer.issuerChain(), StandardCharsets.US_ASCII);
    store.put("tdx-signing-chain.pem", chain.getBytes(StandardCharsets.US_ASCII));
    store.put(name + ".json", answer.body());
  }
}
