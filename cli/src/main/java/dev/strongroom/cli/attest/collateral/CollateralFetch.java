package dev.strongroom.cli.attest.collateral;

import dev.strongroom.attestation.snp.Product;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.retry.Pause;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * One run of fetching.
 *
 * @param pcs base address of Intel's service, or of a cache of it
 * @param intelRoot base address of Intel's root list
 * @param kds base address of AMD's service, or of a cache of it
 * @param fmspcs of the TDX platforms; empty for no TDX
 * @param products of SEV-SNP; empty for none
 * @param reports of SEV-SNP whose chips' certificates are wanted
 */
public record CollateralFetch(
    String pcs,
    String intelRoot,
    String kds,
    List<String> fmspcs,
    List<Product> products,
    List<byte[]> reports) {

  private static final Pattern FMSPC = Pattern.compile("[0-9a-fA-F]{12}");

  /**
   * @throws Problem {@link ProblemCode#INVALID_NAME} for an FMSPC that is none
   */
  public CollateralFetch {
    fmspcs = List.copyOf(fmspcs);
    products = List.copyOf(products);
    reports = List.copyOf(reports);
    if (!fmspcs.stream().allMatch(fmspc -> FMSPC.matcher(fmspc).matches())) {
      throw new Problem(ProblemCode.INVALID_NAME, "an FMSPC has 12 hexadecimal digits");
    }
  }

  /**
   * Fetches into the store, alone: a second process is refused, not queued.
   *
   * @param trust null for the authorities of the runtime
   * @param between two requests
   * @throws Problem when something does not come; what came before it stays
   */
  public void into(
      CollateralStore store, @Nullable SSLContext trust, Duration between, Pause pause) {
    store.alone(() -> {
      try (VendorService service = new VendorService(trust, between, pause)) {
        VendorCollateral vendors = new VendorCollateral(service, store);
        if (!fmspcs.isEmpty()) {
          vendors.tdx(pcs, intelRoot);
        }
        fmspcs.forEach(fmspc -> vendors.tdxPlatform(pcs, fmspc));
        products.forEach(product -> vendors.snp(kds, product));
        for (byte[] report : reports) {
          vendors.vcek(kds, products.getFirst(), report);
        }
      }
    });
  }
}
