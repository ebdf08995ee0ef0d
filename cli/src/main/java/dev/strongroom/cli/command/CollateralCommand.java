package dev.strongroom.cli.command;

import dev.strongroom.attestation.snp.Product;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.attest.EvidenceFiles;
import dev.strongroom.cli.attest.collateral.CollateralFetch;
import dev.strongroom.cli.attest.collateral.CollateralList;
import dev.strongroom.cli.attest.collateral.CollateralStore;
import dev.strongroom.cli.attest.collateral.VendorCollateral;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.delivery.client.TlsTrust;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The folder of collateral. */
@Command(
    name = "collateral",
    header = "See how old collateral is, fetch it, and carry it to machines without a network.",
    description = {
      "The folder is the one of attestation.collateral. The key service fetches nothing itself; it",
      "reads the folder again when a file changes. Run fetch from a timer, well before the next update."
    },
    footer = {
      "Examples:",
      "  strongroom attest collateral list collateral",
      "  strongroom attest collateral fetch collateral --fmspc 00806f050000 --snp Milan",
      "  strongroom attest collateral export collateral --out bundle",
      "  strongroom attest collateral import bundle --into collateral"
    })
public final class CollateralCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name one of list, fetch, export, import.");
  }

  @Command(
      name = "list",
      header = "Show each certificate, revocation list and document, its age and its next update.",
      description =
          "Ends with 1 when something is stale or not valid yet. Signatures are not judged.",
      footer = {"Example:", "  strongroom attest collateral list collateral"})
  int list(@Parameters(paramLabel = "DIR", description = "The folder.") Path folder) {
    boolean usable =
        CollateralList.tell(
            new CollateralStore(folder),
            Strongroom.above(spec).environment().clock().instant(),
            output());
    return (usable ? ExitCode.OK : ExitCode.REFUSED).value();
  }

  @Command(
      name = "fetch",
      header = "Fetch what Intel and AMD publish into the folder.",
      description = {
        "One request after another, with a pause, because AMD answers one in ten seconds. One process",
        "at a time. What was there stays until the new file is whole and can be read."
      },
      footer = {
        "Examples:",
        "  strongroom attest collateral fetch collateral --fmspc 00806f050000",
        "  strongroom attest collateral fetch collateral --snp Milan --report report.bin"
      })
  void fetch(
      @Parameters(paramLabel = "DIR", description = "The folder.") Path folder,
      @Option(
              names = "--fmspc",
              arity = "1..*",
              paramLabel = "HEX",
              description = "of TDX platforms, as attest verify shows it")
          @Nullable List<String> fmspcs,
      @Option(
              names = "--snp",
              arity = "1..*",
              paramLabel = "LINE",
              description = "of SEV-SNP processors: ${COMPLETION-CANDIDATES}")
          @Nullable List<Product> products,
      @Option(
              names = "--report",
              arity = "1..*",
              paramLabel = "FILE",
              description = "reports of one --snp line, for the certificates of their chips")
          @Nullable List<Path> reports,
      @Option(
              names = "--pcs",
              paramLabel = "URL",
              defaultValue = VendorCollateral.PCS,
              description = "Intel's service, or a cache: ${DEFAULT-VALUE}")
          String pcs,
      @Option(
              names = "--intel-root",
              paramLabel = "URL",
              defaultValue = VendorCollateral.INTEL_ROOT,
              description = "of Intel's root list: ${DEFAULT-VALUE}")
          String intelRoot,
      @Option(
              names = "--kds",
              paramLabel = "URL",
              defaultValue = VendorCollateral.KDS,
              description = "AMD's service, or a cache: ${DEFAULT-VALUE}")
          String kds,
      @Option(
              names = "--vendor-ca",
              paramLabel = "FILE",
              description = "authorities of a cache's certificate; the runtime's by default")
          @Nullable Path ca,
      @Option(
              names = "--pause",
              paramLabel = "SECONDS",
              defaultValue = "11",
              description = "between two requests: ${DEFAULT-VALUE}")
          int pause) {
    if (fmspcs == null && products == null) {
      throw new ParameterException(spec.commandLine(), "Name --fmspc or --snp.");
    }
    if (reports != null && (products == null || products.size() != 1)) {
      throw new ParameterException(spec.commandLine(), "Name one --snp line for --report.");
    }
    CollateralStore store = new CollateralStore(folder);
    new CollateralFetch(
            pcs,
            intelRoot,
            kds,
            fmspcs == null ? List.of() : fmspcs,
            products == null ? List.of() : products,
            reports == null ? List.of() : reports.stream().map(EvidenceFiles::evidence).toList())
        .into(
            store,
            ca == null ? null : TlsTrust.of(ca),
            Duration.ofSeconds(Math.max(0, pause)),
            Strongroom.above(spec).environment().timing().pause());
    var _ =
        CollateralList.tell(
            store, Strongroom.above(spec).environment().clock().instant(), output());
  }

  @Command(
      name = "export",
      header = "Copy the folder into a bundle: its files, and an index with their digests.",
      footer = {"Example:", "  strongroom attest collateral export collateral --out bundle"})
  void export(
      @Parameters(paramLabel = "DIR", description = "The folder.") Path folder,
      @Option(
              names = "--out",
              required = true,
              paramLabel = "BUNDLE",
              description = "a folder that is not there yet")
          Path out) {
    Sha256Digest digest = new CollateralStore(folder).export(out);
    output().json(Map.of("bundle", out.toString(), "index", digest.hex()));
    output().line("Exported to " + out + "; SHA-256 of its index:");
    output().line(digest.hex());
  }

  @Command(
      name = "import",
      header = "Take a bundle into the folder: all of it, or nothing.",
      footer = {"Example:", "  strongroom attest collateral import bundle --into collateral"})
  void take(
      @Parameters(paramLabel = "BUNDLE", description = "As export made it.") Path bundle,
      @Option(names = "--into", required = true, paramLabel = "DIR", description = "the folder")
          Path folder,
      @Option(
              names = "--index",
              paramLabel = "HEX",
              description = "SHA-256 of the index, as export printed it; another is refused")
          @Nullable String index) {
    int files =
        new CollateralStore(folder).take(bundle, index == null ? null : new Sha256Digest(index));
    output().json(Map.of("files", files));
    output().line(files + " files taken into " + folder + ".");
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }
}
