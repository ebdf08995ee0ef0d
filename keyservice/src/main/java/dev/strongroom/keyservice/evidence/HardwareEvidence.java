package dev.strongroom.keyservice.evidence;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Evidence of hardware, verified by the attestation library against the request's binding and the
 * collateral that the service holds.
 */
public final class HardwareEvidence implements EvidenceVerifier {
  private final AttestationVerifier verifier;
  private final Supplier<Endorsements> collateral;

  /**
   * @param collateral as it is now: certificates, revocation lists and signed documents of vendors
   */
  public HardwareEvidence(AttestationVerifier verifier, Supplier<Endorsements> collateral) {
    this.verifier = verifier;
    this.collateral = collateral;
  }

  @Override
  public String type() {
    return verifier.type().wireName();
  }

  @Override
  public Map<String, Object> verify(Evidence evidence, Expected expected, Instant now) {
    try {
      CarriedEvidence carried = CarriedEvidence.of(verifier.type(), evidence.data().bytes());
      return verifier
          .verify(
              carried.evidence(),
              new Verification(
                  collateral.get().and(carried.endorsements()), Bytes.of(bound(expected)), now))
          .values();
    } catch (AttestationException e) {
      throw refusal(e);
    }
  }

  // Grant protocol, section 4.1.
  private byte[] bound(Expected expected) {
    return switch (verifier.type()) {
      case SNP, TDX, NITRO -> expected.reportData();
      case TPM, AZURE_SNP_VTPM, NVIDIA -> expected.shortNonce();
    };
  }

  private Problem refusal(AttestationException e) {
    return new Problem(
        e.code() == AttestationCode.BINDING_MISMATCH
            ? ProblemCode.EVIDENCE_BINDING_MISMATCH
            : ProblemCode.EVIDENCE_UNVERIFIABLE,
        "evidence " + type() + ": " + e.code().wireName() + ": " + e.getMessage(),
        e);
  }
}
