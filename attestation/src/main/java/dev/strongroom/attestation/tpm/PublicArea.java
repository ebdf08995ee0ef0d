package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import dev.strongroom.attestation.tpm.SigningScheme.Kind;
import dev.strongroom.attestation.x509.EcdsaSignatures;
import dev.strongroom.attestation.x509.EcdsaSignatures.Curve;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The public area of a key that signs: TPMT_PUBLIC, Part 2 section 12.2.4. RSA of 2048, 3072 or
 * 4096 bits with the exponent 65537, or ECC on P-256 with SHA-256 or P-384 with SHA-384; with one
 * signing scheme, and no symmetric algorithm.
 *
 * @param name which the TPM gives it
 * @param nameAlgorithm of that name
 * @param attributes what it may do, and where it lives
 * @param scheme which it signs with
 * @param key the public key
 */
public record PublicArea(
    TpmName name,
    HashAlgorithm nameAlgorithm,
    ObjectAttributes attributes,
    SigningScheme scheme,
    PublicKey key) {
  /** The longest TPM2B_PUBLIC that is read, in bytes. */
  public static final int MAX_BYTES = 1024;

  private static final int TYPE_RSA = 0x0001;
  private static final int TYPE_ECC = 0x0023;
  private static final int NULL = 0x0010;
  private static final int CURVE_P256 = 0x0003;
  private static final int CURVE_P384 = 0x0004;
  private static final Set<Integer> RSA_SIZES = Set.of(2048, 3072, 4096);

  /**
   * Reads a TPM2B_PUBLIC whole.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRUNCATED}, {@link
   *     AttestationCode#EVIDENCE_TRAILING_BYTES}, {@link AttestationCode#EVIDENCE_OVERSIZED},
   *     {@link AttestationCode#EVIDENCE_MALFORMED}, {@link AttestationCode#ALGORITHM_UNKNOWN}, or
   *     {@link AttestationCode#ATTESTATION_KEY_UNFIT} for a key that does not sign
   */
  public static PublicArea parse(Bytes sized) {
    if (sized.size() > MAX_BYTES) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED,
          "a public area has " + sized.size() + " bytes; at most " + MAX_BYTES + " are read");
    }
    ByteReader outer = ByteReader.bigEndian(sized.array(), "public area of the attestation key");
    byte[] area = outer.array(outer.u16("size"), "content");
    outer.end();
    ByteReader reader = ByteReader.bigEndian(area, "public area of the attestation key");
    int type = reader.u16("type");
    HashAlgorithm nameAlgorithm =
        HashAlgorithm.of(reader.u16("nameAlg"), "the name of the attestation key");
    ObjectAttributes attributes = new ObjectAttributes((int) reader.u32("objectAttributes"));
    reader.skip(reader.u16("authPolicy size"), "authPolicy");
    requireNull(reader.u16("symmetric"), "is one that encrypts");
    SigningScheme scheme = scheme(reader);
    PublicKey key =
        switch (type) {
          case TYPE_RSA -> rsa(reader, scheme);
          case TYPE_ECC -> ecc(reader, scheme);
          default -> throw unknown("type", type);
        };
    reader.end();
    return new PublicArea(TpmName.of(nameAlgorithm, area), nameAlgorithm, attributes, scheme, key);
  }

  /**
   * Requires what makes a signing key an attestation key.
   *
   * @throws AttestationException {@link AttestationCode#ATTESTATION_KEY_UNFIT}
   */
  public void requireAttestationKey() {
    attributes.requireAttestationKey();
  }

  // A key without a scheme signs with whichever the caller names.
  private static SigningScheme scheme(ByteReader reader) {
    return SigningScheme.read(reader, "attestation key");
  }

  private static PublicKey rsa(ByteReader reader, SigningScheme scheme) {
    requireKind(scheme.kind() != Kind.ECDSA);
    int bits = reader.u16("keyBits");
    long exponent = reader.u32("exponent");
    byte[] modulus = reader.array(reader.u16("modulus size"), "modulus");
    if (!RSA_SIZES.contains(bits) || (exponent != 0 && exponent != 65537)) {
      throw new AttestationException(
          AttestationCode.ALGORITHM_UNKNOWN,
          "the attestation key is RSA of "
              + bits
              + " bits with the exponent "
              + exponent
              + "; 2048, 3072 or 4096 bits with 0 (65537) are taken");
    }
    BigInteger n = new BigInteger(1, modulus);
    if (modulus.length != bits / 8 || n.bitLength() != bits) {
      throw malformed("has a modulus that is not of its size", null);
    }
    try {
      return KeyFactory.getInstance("RSA")
          .generatePublic(new RSAPublicKeySpec(n, BigInteger.valueOf(65537)));
    } catch (GeneralSecurityException e) {
      throw malformed("is no RSA key", e);
    }
  }

  private static PublicKey ecc(ByteReader reader, SigningScheme scheme) {
    requireKind(scheme.kind() == Kind.ECDSA);
    int id = reader.u16("curveID");
    Curve curve =
        switch (id) {
          case CURVE_P256 -> Curve.P256;
          case CURVE_P384 -> Curve.P384;
          default -> throw unknown("curve", id);
        };
    if (scheme.hash().size() != curve.size()) {
      throw new AttestationException(
          AttestationCode.ALGORITHM_UNKNOWN,
          "the attestation key is on " + curve + " with " + scheme.hash().javaName());
    }
    requireNull(reader.u16("kdf"), "has a key derivation scheme");
    byte[] point = new byte[2 * curve.size()];
    copy(reader.array(reader.u16("x size"), "x"), point, 0, curve.size());
    copy(reader.array(reader.u16("y size"), "y"), point, curve.size(), curve.size());
    return EcdsaSignatures.key(curve, point);
  }

  private static void copy(byte[] coordinate, byte[] point, int offset, int size) {
    if (coordinate.length != size) {
      throw malformed("has a coordinate that is not of its curve's size", null);
    }
    System.arraycopy(coordinate, 0, point, offset, size);
  }

  private static void requireKind(boolean fits) {
    if (!fits) {
      throw malformed("has a scheme of another kind of key", null);
    }
  }

  private static void requireNull(int algorithm, String otherwise) {
    if (algorithm != NULL) {
      throw new AttestationException(
          AttestationCode.ATTESTATION_KEY_UNFIT,
          "the attestation key %s (0x%04x)".formatted(otherwise, algorithm));
    }
  }

  private static AttestationException unknown(String what, int id) {
    return new AttestationException(
        AttestationCode.ALGORITHM_UNKNOWN,
        "the attestation key is of the %s 0x%04x, which is not known here".formatted(what, id));
  }

  private static AttestationException malformed(String why, @Nullable Exception cause) {
    return new AttestationException(
        AttestationCode.EVIDENCE_MALFORMED, "the attestation key " + why, cause);
  }
}
