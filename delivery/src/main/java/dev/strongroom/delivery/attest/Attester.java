package dev.strongroom.delivery.attest;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Collects all evidence that a request carries: that of GPUs first, since that of a CPU covers it.
 */
public final class Attester {
  /** Sends none. */
  public static final Attester NONE = new Attester(Optional.empty(), List.of());

  private final Optional<EvidenceSource> gpus;
  private final List<EvidenceSource> others;

  /**
   * @param gpus what vouches for GPUs, where there are any
   * @param others what vouches for everything else
   */
  public Attester(Optional<EvidenceSource> gpus, List<EvidenceSource> others) {
    this.gpus = gpus;
    this.others = List.copyOf(others);
  }

  /**
   * Collects.
   *
   * @return one piece of each source
   * @throws dev.strongroom.core.problem.Problem {@link
   *     dev.strongroom.core.problem.ProblemCode#EVIDENCE_UNAVAILABLE} when one gives none
   */
  public List<Evidence> collect(KeyBinding binding) {
    List<Evidence> evidence = new ArrayList<>();
    gpus.ifPresent(source -> evidence.add(source.collect(binding, null)));
    @Nullable Sha256Digest covered = evidence.isEmpty() ? null : evidence.getFirst().digest();
    others.forEach(source -> evidence.add(source.collect(binding, covered)));
    return evidence;
  }
}
