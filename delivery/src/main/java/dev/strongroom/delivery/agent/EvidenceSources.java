package dev.strongroom.delivery.agent;

import dev.strongroom.delivery.attest.Attester;
import dev.strongroom.delivery.attest.ConfigFsTsm;
import dev.strongroom.delivery.attest.EvidenceSource;
import dev.strongroom.delivery.attest.tpm.TpmSettings;
import dev.strongroom.delivery.attest.tpm.TpmSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The evidence that an agent can send, by its type. */
final class EvidenceSources {
  static final String TPM = "tpm";

  /** What a configuration may name. */
  static final List<String> TYPES = List.of("sev-snp", "tdx", TPM);

  private EvidenceSources() {}

  /** Those of a configuration, in its order. */
  static Attester attester(AgentConfig config) {
    return new Attester(
        Optional.empty(),
        config.evidenceTypes().stream().map(type -> source(type, config)).toList());
  }

  private static EvidenceSource source(String type, AgentConfig config) {
    return switch (type) {
      case TPM -> new TpmSource(Objects.requireNonNullElse(config.tpm(), TpmSettings.DEFAULT));
      default -> new ConfigFsTsm(type);
    };
  }
}
