package dev.strongroom.keyservice.evidence;

import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Appraises all evidence of a request. Evidence that cannot be verified here refuses the request:
 * it is never ignored, whether policy asks for it or not.
 */
public final class Appraiser {
  private final Map<String, EvidenceVerifier> verifiers;

  public Appraiser(List<EvidenceVerifier> verifiers) {
    this.verifiers =
        verifiers.stream()
            .collect(Collectors.toUnmodifiableMap(EvidenceVerifier::type, Function.identity()));
  }

  /**
   * @throws Problem {@link ProblemCode#EVIDENCE_UNVERIFIABLE} for a type without a verifier, and
   *     what a verifier throws; {@link ProblemCode#MALFORMED_REQUEST} for two pieces of one type
   */
  public Appraisal appraise(List<Evidence> evidence, KeyBinding binding, Instant now) {
    EvidenceVerifier.Expected expected =
        new EvidenceVerifier.Expected(binding, gpuEvidence(evidence));
    Map<String, Map<String, Object>> claims = new LinkedHashMap<>();
    CanonicalEncoding digests = CanonicalEncoding.of("strongroom/v1/evidence-list");
    for (Evidence piece : evidence) {
      EvidenceVerifier verifier = verifiers.get(piece.type());
      if (verifier == null) {
        throw new Problem(
            ProblemCode.EVIDENCE_UNVERIFIABLE,
            "evidence of the type " + piece.type() + " cannot be verified by this service");
      }
      Require.that(
          claims.put(piece.type(), verifier.verify(piece, expected, now)) == null,
          "there are two pieces of evidence of the type " + piece.type());
      digests.digest(piece.digest());
    }
    return new Appraisal(
        new EvidenceClaims(claims),
        claims.isEmpty() ? null : Sha256Digest.ofBytes(digests.sha256()));
  }

  private static @Nullable Sha256Digest gpuEvidence(List<Evidence> evidence) {
    return evidence.stream()
        .filter(piece -> piece.type().equals(EvidenceType.NVIDIA.wireName()))
        .findFirst()
        .map(Evidence::digest)
        .orElse(null);
  }

  /**
   * What stood up to verification.
   *
   * @param claims what the evidence says, by type in the order of the request
   * @param digest over the digests of all pieces; null for none
   */
  public record Appraisal(EvidenceClaims claims, @Nullable Sha256Digest digest) {

    /** In the order of the request; empty for none. */
    public List<String> types() {
      return List.copyOf(claims.byType().keySet());
    }

    public boolean attested() {
      return digest != null;
    }
  }
}
