package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.Bytes;

/** Why an attestation key is believed. */
public sealed interface KeyTrust {

  /** As claims name it. */
  String wireName();

  /** Which device the key lives in: a SHA-256, by which one TPM is told from another. */
  Bytes device();

  /**
   * It was enrolled.
   *
   * @param device SHA-256 of the endorsement key
   */
  record Enrolled(Bytes device) implements KeyTrust {
    @Override
    public String wireName() {
      return "enrolled";
    }
  }

  /**
   * A certificate leads to a pinned root.
   *
   * @param device SHA-256 of the certificate
   */
  record Certified(Bytes device) implements KeyTrust {
    @Override
    public String wireName() {
      return "certificate";
    }
  }
}
