package dev.strongroom.auditlog;

import java.security.GeneralSecurityException;

/** A private key that signs checkpoints, wherever it lives: a file, an HSM. */
public interface CheckpointSigner {
  /** The public half; its name must be the origin of the log that it signs. */
  VerifierKey verifierKey();

  /**
   * Signs a message with the algorithm of {@link VerifierKey#type()}, pure and without context.
   *
   * @return the raw signature: 64 bytes for Ed25519, 2,420 for ML-DSA-44
   * @throws GeneralSecurityException if the key cannot be used now; the log then stops
   */
  byte[] sign(byte[] message) throws GeneralSecurityException;
}
