package dev.strongroom.cli.command;

import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.azure.AzureVerifier;
import dev.strongroom.attestation.nitro.DstackEnvelope;
import dev.strongroom.attestation.nitro.NitroVerifier;
import dev.strongroom.attestation.nvidia.NvidiaVerifier;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.tdx.TdxVerifier;
import dev.strongroom.attestation.tpm.AttestationKeys;
import dev.strongroom.attestation.tpm.PcrSelection;
import dev.strongroom.attestation.tpm.TpmVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.attest.ClaimLines;
import dev.strongroom.cli.attest.EvidenceFiles;
import dev.strongroom.cli.output.Output;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Attestation evidence on this machine, without a service. */
@Command(
    name = "attest",
    header = "Verify attestation evidence, enrol TPMs, keep collateral.",
    description = "Works offline: roots are pinned in this program, everything else is a file.",
    subcommands = {EnrolCommand.class, CollateralCommand.class},
    footer = {
      "Example:",
      "  strongroom attest verify --type snp --evidence report.bin --endorsement vcek.der"
    })
public final class AttestCommand implements Runnable {
  /** As long as the certificate in it is valid: who looks by hand looks later than a service. */
  private static final Duration DOCUMENT_AGE = Duration.ofHours(3);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name verify, enrol or collateral.");
  }

  /** The types, as people call them. */
  public enum Type {
    snp,
    tdx,
    tpm,
    azure,
    nitro,
    nvidia
  }

  @Command(
      name = "verify",
      header = "Verify evidence against the pinned roots of its vendor, and show what it says.",
      description = {
        "Evidence is raw, hexadecimal or base64. Endorsements (certificates, revocation lists, JSON",
        "collateral) are PEM, DER or JSON, in any order; roots among them are not trusted.",
        "Without --nonce nothing is said about freshness. A debug guest is refused.",
        "Exit codes: 0 with the claims, 1 with the code of the refusal, 2 for misuse."
      },
      footer = {
        "Examples:",
        "  strongroom attest verify --type snp --evidence report.bin --endorsement vcek.der",
        "  strongroom attest verify --type tdx --evidence quote.bin --endorsement collateral/ --json",
        "  strongroom attest verify --type nitro --evidence doc.cbor --at 2025-12-25T00:00:00Z"
      })
  void verify(
      @Option(
              names = "--type",
              required = true,
              paramLabel = "TYPE",
              description = "${COMPLETION-CANDIDATES}")
          Type type,
      @Option(
              names = "--evidence",
              required = true,
              arity = "1..*",
              paramLabel = "FILE",
              description = "what the hardware gave; each file is verified by itself")
          List<Path> evidence,
      @Option(
              names = "--endorsement",
              arity = "1..*",
              paramLabel = "FILE_OR_DIR",
              description = "certificates, revocation lists, collateral")
          @Nullable List<Path> endorsements,
      @Option(
              names = "--ak-root",
              arity = "1..*",
              paramLabel = "FILE",
              description =
                  "authorities of TPM attestation keys, which no vendor roots are shipped for")
          @Nullable List<Path> akRoots,
      @Option(
              names = "--nonce",
              paramLabel = "HEX",
              description = "what it must bind: report data, nonce or qualifying data")
          @Nullable String nonce,
      @Option(
              names = "--at",
              paramLabel = "TIME",
              description =
                  "the time to judge validity by, as 2026-01-31T12:00:00Z; now by default")
          @Nullable String at) {
    Endorsements known =
        endorsements == null ? Endorsements.NONE : EvidenceFiles.endorsements(endorsements);
    AttestationVerifier verifier = verifier(type, akRoots(akRoots));
    Verification against = new Verification(known, nonce == null ? null : nonce(nonce), time(at));
    Output output = Strongroom.above(spec).output();
    for (Path file : evidence) {
      Map<String, Object> claims = verifier.verify(bytes(type, file), against).values();
      output.json(Map.of("type", type.name(), "bound", nonce != null, "claims", claims));
      output.line("The evidence holds" + (nonce == null ? "; nothing was said to be bound." : "."));
      ClaimLines.of(claims).forEach(output::line);
    }
  }

  private static AttestationVerifier verifier(Type type, PinnedRoots roots) {
    return switch (type) {
      case snp -> SnpVerifier.standard();
      case tdx -> TdxVerifier.standard();
      case tpm -> new TpmVerifier(AttestationKeys.NONE, roots, PcrSelection.NONE);
      case azure -> new AzureVerifier(SnpVerifier.standard(), PcrSelection.NONE);
      case nitro -> new NitroVerifier(NitroVerifier.standardRoots(), DOCUMENT_AGE);
      case nvidia -> NvidiaVerifier.standard();
    };
  }

  private static byte[] bytes(Type type, Path evidence) {
    byte[] bytes = EvidenceFiles.evidence(evidence);
    return switch (type) {
      case snp, tdx, tpm, azure, nvidia -> bytes;
      case nitro -> DstackEnvelope.document(bytes);
    };
  }

  private static PinnedRoots akRoots(@Nullable List<Path> files) {
    return new PinnedRoots(
        files == null ? List.of() : EvidenceFiles.endorsements(files).certificates(), List.of());
  }

  private Bytes nonce(String hex) {
    try {
      return Bytes.ofHex(hex);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--nonce is hexadecimal.", e);
    }
  }

  private Instant time(@Nullable String at) {
    if (at == null) {
      return Strongroom.above(spec).environment().clock().instant();
    }
    try {
      return Instant.parse(at);
    } catch (DateTimeParseException e) {
      throw new ParameterException(
          spec.commandLine(), "--at is a time as 2026-01-31T12:00:00Z, not '" + at + "'.", e);
    }
  }
}
