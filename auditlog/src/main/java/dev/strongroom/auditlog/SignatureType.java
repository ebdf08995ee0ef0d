package dev.strongroom.auditlog;

/**
 * The signature types that checkpoints of this log carry (C2SP signed-note, "Signature types").
 * Others are unknown keys to us, and are ignored as the specification demands.
 */
public enum SignatureType {
  /** Ed25519 over the text of the note. */
  ED25519(0x01, "Ed25519", 32, 64, "302a300506032b6570032100"),
  /** ML-DSA-44 cosignature over the tree head, with its own time (C2SP tlog-cosignature). */
  ML_DSA_44(0x06, "ML-DSA-44", 1312, 2420, "30820532300b060960864801650304031103820521" + "00");

  private final int identifier;
  private final String algorithm;
  private final int publicKeyBytes;
  private final int signatureBytes;
  private final String spkiPrefix;

  SignatureType(
      int identifier, String algorithm, int publicKeyBytes, int signatureBytes, String spkiPrefix) {
    this.identifier = identifier;
    this.algorithm = algorithm;
    this.publicKeyBytes = publicKeyBytes;
    this.signatureBytes = signatureBytes;
    this.spkiPrefix = spkiPrefix;
  }

  int identifier() {
    return identifier;
  }

  /** The JCA name of the algorithm, for key factory, generator and signature alike. */
  public String algorithm() {
    return algorithm;
  }

  int publicKeyBytes() {
    return publicKeyBytes;
  }

  int signatureBytes() {
    return signatureBytes;
  }

  /** What stands before the raw key in its SubjectPublicKeyInfo (RFC 8410; RFC 9881). */
  String spkiPrefix() {
    return spkiPrefix;
  }
}
