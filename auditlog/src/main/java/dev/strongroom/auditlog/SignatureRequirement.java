package dev.strongroom.auditlog;

/**
 * Which signatures a checkpoint must carry. Whatever is required, every signature by a trusted key
 * is verified, and one that does not fit refuses the whole checkpoint.
 */
public enum SignatureRequirement {
  ED25519,
  ML_DSA_44,
  BOTH;

  boolean requires(SignatureType type) {
    return switch (this) {
      case ED25519 -> type == SignatureType.ED25519;
      case ML_DSA_44 -> type == SignatureType.ML_DSA_44;
      case BOTH -> true;
    };
  }
}
