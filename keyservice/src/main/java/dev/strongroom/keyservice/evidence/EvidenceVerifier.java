package dev.strongroom.keyservice.evidence;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Verifies evidence of one type. */
public interface EvidenceVerifier {

  /** The type that it verifies, for example {@code sev-snp}. */
  String type();

  /**
   * Verifies one piece of evidence and that it binds this request.
   *
   * @return what it says, from verified bytes alone
   * @throws dev.strongroom.core.problem.Problem {@code EVIDENCE_UNVERIFIABLE} when it does not
   *     verify, {@code EVIDENCE_BINDING_MISMATCH} when it binds something else
   */
  Map<String, Object> verify(Evidence evidence, Expected expected, Instant now);

  /**
   * What the request wants bound.
   *
   * @param binding its fields
   * @param gpuEvidence digest of the evidence of GPUs beside it, which that of a CPU covers, so
   *     that a GPU elsewhere cannot be relayed; null where there is none
   */
  record Expected(KeyBinding binding, @Nullable Sha256Digest gpuEvidence) {

    /** The 64 bytes for types that have room for them. */
    public byte[] reportData() {
      return binding.reportData(gpuEvidence);
    }

    /** The 32 bytes for the others. */
    public byte[] shortNonce() {
      return binding.shortNonce().bytes();
    }
  }
}
