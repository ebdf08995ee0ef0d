package dev.strongroom.delivery.agent;

import dev.strongroom.delivery.attest.Attester;
import dev.strongroom.delivery.attest.ConfigFsTsm;
import dev.strongroom.delivery.attest.EvidenceSource;
import dev.strongroom.delivery.attest.nitro.NitroSource;
import dev.strongroom.delivery.attest.nvidia.NvidiaSource;
import dev.strongroom.delivery.attest.tpm.TpmSettings;
import dev.strongroom.delivery.attest.tpm.TpmSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The evidence that an agent can send, by its type. */
final class EvidenceSources {
  static final String TPM = "tpm";
  private static final String SNP = "sev-snp";
  private static final String TDX = "tdx";
  private static final String NITRO = "nitro";
  private static final String NVIDIA = "nvidia-gpu";

  /** What a configuration may name. */
  static final List<String> TYPES = List.of(SNP, TDX, TPM, NITRO, NVIDIA);

  private EvidenceSources() {}

  /** Those of a configuration, in its order; GPUs first. */
  static Attester attester(AgentConfig config) {
    List<String> types = config.evidenceTypes();
    return new Attester(
        types.contains(NVIDIA) ? Optional.of(new NvidiaSource()) : Optional.empty(),
        types.stream()
            .filter(type -> !type.equals(NVIDIA))
            .map(type -> source(type, config))
            .toList());
  }

  private static EvidenceSource source(String type, AgentConfig config) {
    return switch (type) {
      case SNP, TDX -> new ConfigFsTsm(type);
      case TPM -> new TpmSource(Objects.requireNonNullElse(config.tpm(), TpmSettings.DEFAULT));
      case NITRO -> new NitroSource();
      default -> throw new IllegalArgumentException("there is no source of evidence of " + type);
    };
  }
}
