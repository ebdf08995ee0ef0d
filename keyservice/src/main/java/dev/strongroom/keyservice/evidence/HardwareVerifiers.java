package dev.strongroom.keyservice.evidence;

import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.azure.AzureVerifier;
import dev.strongroom.attestation.nitro.NitroVerifier;
import dev.strongroom.attestation.nvidia.NvidiaVerifier;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.tdx.TdxVerifier;
import dev.strongroom.attestation.tpm.AttestationKeys;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrSelection;
import dev.strongroom.attestation.tpm.TpmVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.AttestationConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The types of evidence that a service verifies. */
public final class HardwareVerifiers {
  private HardwareVerifiers() {}

  /**
   * All of the library's, against the roots that it pins, and for TPMs what the configuration
   * names.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when a file of these cannot be read
   */
  public static List<AttestationVerifier> of(AttestationConfig config) {
    PcrSelection pcrs =
        PcrSelection.of(HashAlgorithm.SHA256, config.tpm().pcrs().toArray(Integer[]::new));
    SnpVerifier snp = SnpVerifier.standard();
    return List.of(
        snp,
        TdxVerifier.standard(),
        NitroVerifier.standard(),
        NvidiaVerifier.standard(),
        new TpmVerifier(
            enrolled(config.tpm().enrolledKeys()), akRoots(config.tpm().akRoots()), pcrs),
        new AzureVerifier(snp, pcrs));
  }

  private static AttestationKeys enrolled(@Nullable Path file) {
    return file == null ? AttestationKeys.NONE : new WatchedKeys(file);
  }

  private static PinnedRoots akRoots(@Nullable Path file) {
    if (file == null) {
      return new PinnedRoots(List.of(), List.of());
    }
    try {
      return new PinnedRoots(
          Endorsements.parse(List.of(Files.readAllBytes(file))).certificates(), List.of());
    } catch (IOException | AttestationException e) {
      throw invalid("attestation.tpm.akRoots: " + file + " has no certificates to read", e);
    }
  }

  private static Problem invalid(String message, Exception cause) {
    return new Problem(ProblemCode.CONFIGURATION_INVALID, message, cause);
  }
}
