package dev.strongroom.attestation.snp;

/** The key that signs reports. */
public enum SigningKey {
  /** Of one chip, derived from its fuses and the reported TCB. */
  VCEK("vcek", "SEV-VCEK"),
  /** Of a cloud provider, loaded into many chips; its certificate names no chip. */
  VLEK("vlek", "SEV-VLEK");

  private final String wireName;
  private final String subject;

  SigningKey(String wireName, String subject) {
    this.wireName = wireName;
    this.subject = subject;
  }

  /** As claims name it. */
  public String wireName() {
    return wireName;
  }

  /** The common name of its certificates. */
  String subject() {
    return subject;
  }
}
