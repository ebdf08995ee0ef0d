package dev.strongroom.keyservice.evidence;

import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import java.time.Instant;

/** Verifies evidence of one type. */
public interface EvidenceVerifier {

  /** The type that it verifies, for example {@code sev-snp}. */
  String type();

  /**
   * Verifies one piece of evidence and that it binds this request.
   *
   * @throws dev.strongroom.core.problem.Problem {@code EVIDENCE_UNVERIFIABLE} when it does not
   *     verify, {@code EVIDENCE_BINDING_MISMATCH} when it binds something else
   */
  void verify(Evidence evidence, KeyBinding binding, Instant now);
}
