package dev.strongroom.delivery.attest;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import org.jspecify.annotations.Nullable;

/** Where evidence of one type comes from. */
public interface EvidenceSource {

  /**
   * Asks the hardware for evidence that binds this request.
   *
   * @param gpuEvidence digest of the evidence of GPUs that goes along, which evidence of a CPU
   *     covers; null for none
   * @throws dev.strongroom.core.problem.Problem {@link
   *     dev.strongroom.core.problem.ProblemCode#EVIDENCE_UNAVAILABLE} when it gives none
   */
  Evidence collect(KeyBinding binding, @Nullable Sha256Digest gpuEvidence);
}
