package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.bytes.ByteReader;
import java.util.Arrays;

/**
 * How a key signs: TPMT_SIG_SCHEME, Part 2 section 11.2.1.
 *
 * @param kind of signature
 * @param hash of what is signed; also of the digest over PCRs
 */
public record SigningScheme(Kind kind, HashAlgorithm hash) {
  /** The kinds that are taken. */
  public enum Kind {
    RSASSA(0x0014),
    RSAPSS(0x0016),
    ECDSA(0x0018);

    private final int id;

    Kind(int id) {
      this.id = id;
    }

    /** The TPM_ALG_ID. */
    public int id() {
      return id;
    }
  }

  static SigningScheme read(ByteReader reader, String where) {
    int id = reader.u16("scheme");
    Kind kind =
        Arrays.stream(Kind.values())
            .filter(each -> each.id == id)
            .findFirst()
            .orElseThrow(() ->
                new AttestationException(
                    AttestationCode.ALGORITHM_UNKNOWN,
                    "the %s has the scheme 0x%04x; RSASSA (0x0014), RSAPSS (0x0016) and ECDSA"
                            .formatted(where, id)
                        + " (0x0018) are taken"));
    return new SigningScheme(kind, HashAlgorithm.of(reader.u16("hash"), "the " + where));
  }

  @Override
  public String toString() {
    return kind + " with " + hash.javaName();
  }
}
