package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The digests that are taken here: TPM_ALG_ID, Part 2 section 6.3. SHA-1 is too weak. */
public enum HashAlgorithm {
  SHA256(0x000b, "SHA-256", 32),
  SHA384(0x000c, "SHA-384", 48);

  private final int id;
  private final String javaName;
  private final int size;

  HashAlgorithm(int id, String javaName, int size) {
    this.id = id;
    this.javaName = javaName;
    this.size = size;
  }

  /** The TPM_ALG_ID. */
  public int id() {
    return id;
  }

  /** As the JDK names it. */
  public String javaName() {
    return javaName;
  }

  /** The JDK's name of the HMAC. */
  public String hmacName() {
    return "Hmac" + name();
  }

  /** Bytes of a digest. */
  public int size() {
    return size;
  }

  /** As the evidence format names the bank of PCRs: {@code sha256}. */
  public String bank() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A digest at its start. */
  public MessageDigest start() {
    try {
      return MessageDigest.getInstance(javaName);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + javaName, e);
    }
  }

  /** Of these bytes. */
  public Bytes digest(byte[] content) {
    return Bytes.of(start().digest(content));
  }

  /** The one of this TPM_ALG_ID. */
  public static Optional<HashAlgorithm> find(int id) {
    return Arrays.stream(values()).filter(each -> each.id == id).findFirst();
  }

  /** The one of this bank's name. */
  public static Optional<HashAlgorithm> ofBank(String bank) {
    return Arrays.stream(values()).filter(each -> each.bank().equals(bank)).findFirst();
  }

  /**
   * The one of this TPM_ALG_ID.
   *
   * @param where for messages
   * @throws AttestationException {@link AttestationCode#ALGORITHM_UNKNOWN}
   */
  public static HashAlgorithm of(int id, String where) {
    return find(id)
        .orElseThrow(() ->
            new AttestationException(
                AttestationCode.ALGORITHM_UNKNOWN,
                "%s has the algorithm 0x%04x; SHA-256 (0x000b) and SHA-384 (0x000c) are taken"
                    .formatted(where, id)));
  }
}
