package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Default;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What evidence of hardware is verified with, besides the roots that are pinned in the product.
 *
 * @param collateral a folder of what vendors publish: certificates, revocation lists, TCB info and
 *     identities of quoting enclaves; looked at every few seconds. Null for none
 */
public record AttestationConfig(@Nullable Path collateral, TpmConfig tpm) {

  private static final int MAX_PCR = 23;

  /**
   * TPMs, whose makers' roots are not pinned in the product.
   *
   * @param enrolledKeys a file of attestation keys that are believed, one a line: its Name and the
   *     SHA-256 of its endorsement key, hexadecimal. Null for none
   * @param akRoots PEM of the authorities whose certificates of attestation keys are believed. Null
   *     for none
   * @param pcrs of the SHA-256 bank, which each quote must cover, those of Azure's too
   */
  public record TpmConfig(
      @Nullable Path enrolledKeys,
      @Nullable Path akRoots,
      @Default("0,1,2,3,4,5,6,7") List<Integer> pcrs) {
    public TpmConfig {
      pcrs = List.copyOf(pcrs);
      KeyServiceConfig.check(
          pcrs.stream().allMatch(pcr -> pcr >= 0 && pcr <= MAX_PCR),
          "attestation.tpm.pcrs are 0 to " + MAX_PCR);
    }
  }
}
