package dev.strongroom.auditlog;

import java.util.Set;

/**
 * Which signatures a checkpoint must carry. Whatever is required, every signature by a trusted key
 * is verified, and one that does not fit refuses the whole checkpoint.
 */
public enum SignatureRequirement {
  ED25519(Set.of(SignatureType.ED25519)),
  ML_DSA_44(Set.of(SignatureType.ML_DSA_44)),
  BOTH(Set.of(SignatureType.ED25519, SignatureType.ML_DSA_44));

  private final Set<SignatureType> types;

  SignatureRequirement(Set<SignatureType> types) {
    this.types = types;
  }

  Set<SignatureType> types() {
    return types;
  }
}
