package dev.strongroom.delivery.attest.tpm;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.delivery.attest.EvidenceSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Quotes of a TPM 2.0 over the 32 bytes of the binding, with the firmware's event log beside where
 * it can be read. What nobody at the service's side has enrolled or certified is worth nothing
 * there: see {@code docs/guide/attestation.md}.
 */
public final class TpmSource implements EvidenceSource {
  /** Where the kernel has the log of the firmware (root may read it). */
  public static final Path KERNEL_LOG =
      Path.of("/sys/kernel/security/tpm0/binary_bios_measurements");

  // Evidence has at most 256 KiB, and base64url takes a third more; the rest has room beside.
  private static final int MAX_LOG = 180 << 10;
  private static final int ATTEMPTS = 3;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final TpmSettings settings;
  private final Path kernelLog;

  public TpmSource(TpmSettings settings) {
    this(settings, KERNEL_LOG);
  }

  TpmSource(TpmSettings settings, Path kernelLog) {
    this.settings = settings;
    this.kernelLog = kernelLog;
  }

  @Override
  public Evidence collect(KeyBinding binding, @Nullable Sha256Digest gpuEvidence) {
    try (TpmTools tools = TpmTools.open(settings.tctiOrDefault(), LIMIT)) {
      byte[] akPublic = readKey(tools);
      TpmQuote.Quote quote = quote(tools, AkScheme.of(akPublic), binding.shortNonce());
      return new Evidence(
          "tpm",
          Blob.of(
              CanonicalJson.writeRecord(new TpmQuote(Blob.of(akPublic), TpmQuote.FORMAT, quote))));
    }
  }

  private byte[] readKey(TpmTools tools) {
    try {
      var _ = tools.run("tpm2_readpublic", "-c", settings.akOrDefault(), "-f", "tss", "-o", "ak");
    } catch (Problem e) {
      throw TpmTools.unavailable(
          "the attestation key "
              + settings.akOrDefault()
              + " cannot be read through "
              + settings.tctiOrDefault()
              + " (make it with strongroom attest enrol, and look at tpm.ak and tpm.tcti): "
              + e.getMessage(),
          e);
    }
    return tools.file("ak");
  }

  // Between the quote and the reading of the PCRs one may be extended: the tool sees it and fails.
  private TpmQuote.Quote quote(TpmTools tools, AkScheme scheme, Sha256Digest binding) {
    for (int attempt = 1; ; attempt++) {
      try {
        return quoteOnce(tools, scheme, binding);
      } catch (Problem e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private TpmQuote.Quote quoteOnce(TpmTools tools, AkScheme scheme, Sha256Digest binding) {
    String selection = settings.pcrsOrDefault();
    var _ =
        tools.run(
            "tpm2_quote",
            "-c",
            settings.akOrDefault(),
            "-l",
            selection,
            "-q",
            HexFormat.of().formatHex(binding.bytes()),
            "-g",
            scheme.hash(),
            "--scheme",
            scheme.name(),
            "-m",
            "message",
            "-s",
            "signature",
            "-o",
            "pcrs",
            "-F",
            "values");
    return new TpmQuote.Quote(
        eventLog(),
        Blob.of(tools.file("message")),
        TpmQuote.pcrs(selection, tools.file("pcrs")),
        Blob.of(tools.file("signature")));
  }

  private @Nullable Blob eventLog() {
    String configured = settings.eventLog();
    if (configured == null) {
      return Files.isReadable(kernelLog) ? readLog(kernelLog) : null;
    }
    return configured.equals(TpmSettings.NO_LOG) ? null : readLog(Path.of(configured));
  }

  private static Blob readLog(Path log) {
    try {
      return Blob.of(TpmTools.bounded(log, MAX_LOG));
    } catch (IOException e) {
      throw TpmTools.unavailable(
          "the event log cannot be read (tpm.eventLog; \"none\" sends none): " + e.getMessage(), e);
    }
  }
}
