package dev.strongroom.auditlog;

/**
 * The signature types that checkpoints of this log carry (C2SP signed-note, "Signature types").
 * Others are unknown keys to us, and are ignored as the specification demands.
 */
public enum SignatureType {
  /** Ed25519 over the text of the note. */
  ED25519(0x01, "Ed25519", "Ed25519", 32, 64, "302a300506032b6570032100"),
  /** ML-DSA-44 cosignature over the tree head, with its own time (C2SP tlog-cosignature). */
  ML_DSA_44(
      0x06, "ML-DSA-44", "ML-DSA", 1312, 2420, "30820532300b060960864801650304031103820521" + "00");

  private final int identifier;
  private final String algorithm;
  private final String signatureAlgorithm;
  private final int publicKeyBytes;
  private final int signatureBytes;
  private final String spkiPrefix;

  SignatureType(
      int identifier,
      String algorithm,
      String signatureAlgorithm,
      int publicKeyBytes,
      int signatureBytes,
      String spkiPrefix) {
    this.identifier = identifier;
    this.algorithm = algorithm;
    this.signatureAlgorithm = signatureAlgorithm;
    this.publicKeyBytes = publicKeyBytes;
    this.signatureBytes = signatureBytes;
    this.spkiPrefix = spkiPrefix;
  }

  int identifier() {
    return identifier;
  }

  /**
   * The JCA name for signatures. It is the general one, because not every provider knows each
   * parameter set by name; the key says which it is.
   */
  String signatureAlgorithm() {
    return signatureAlgorithm;
  }

  /** The JCA name of the algorithm, for key factories and generators. */
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
