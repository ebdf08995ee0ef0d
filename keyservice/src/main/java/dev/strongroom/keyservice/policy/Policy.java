package dev.strongroom.keyservice.policy;

import dev.strongroom.core.encoding.Sha256Digest;

/** Decides; default deny. Immutable and thread-safe: a new policy is a new object. */
public interface Policy {
  Decision decide(AccessRequest request);

  /** SHA-256 over the canonical form of the policy document. */
  Sha256Digest digest();
}
