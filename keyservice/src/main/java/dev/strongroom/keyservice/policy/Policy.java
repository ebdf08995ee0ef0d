package dev.strongroom.keyservice.policy;

import dev.strongroom.core.encoding.Sha256Digest;

/** Decides; default deny. Immutable and thread-safe: a new policy is a new object. */
public interface Policy {
  Decision decide(AccessRequest request);

  /** As {@link #decide}, for a question whose answer decides nothing by itself. */
  default Decision consider(AccessRequest request) {
    return decide(request);
  }

  /** SHA-256 over the canonical form of the policy document. */
  Sha256Digest digest();
}
