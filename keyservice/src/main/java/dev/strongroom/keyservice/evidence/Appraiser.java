package dev.strongroom.keyservice.evidence;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Instant;
import java.util.ArrayList;
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
   *     what a verifier throws
   */
  public Appraisal appraise(List<Evidence> evidence, KeyBinding binding, Instant now) {
    List<String> types = new ArrayList<>();
    CanonicalEncoding digests = CanonicalEncoding.of("strongroom/v1/evidence-list");
    for (Evidence piece : evidence) {
      EvidenceVerifier verifier = verifiers.get(piece.type());
      if (verifier == null) {
        throw new Problem(
            ProblemCode.EVIDENCE_UNVERIFIABLE,
            "evidence of the type " + piece.type() + " cannot be verified by this service");
      }
      verifier.verify(piece, binding, now);
      types.add(piece.type());
      digests.digest(piece.digest());
    }
    return new Appraisal(types, types.isEmpty() ? null : Sha256Digest.ofBytes(digests.sha256()));
  }

  /**
   * What stood up to verification.
   *
   * @param types in the order of the request; empty for none
   * @param digest over the digests of all pieces; null for none
   */
  public record Appraisal(List<String> types, @Nullable Sha256Digest digest) {
    public Appraisal {
      types = List.copyOf(types);
    }

    public boolean attested() {
      return digest != null;
    }
  }
}
