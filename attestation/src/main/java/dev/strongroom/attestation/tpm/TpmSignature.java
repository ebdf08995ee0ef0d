package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import dev.strongroom.attestation.x509.EcdsaSignatures;
import dev.strongroom.attestation.x509.EcdsaSignatures.Curve;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;

/**
 * TPMT_SIGNATURE, Part 2 section 11.3.4.
 *
 * @param scheme as it says; the key's own is compared by the verifier
 * @param value RSA: the signature; ECDSA: R and S, each of the digest's size
 */
public record TpmSignature(SigningScheme scheme, Bytes value) {
  private static final int MAX_BYTES = 1024;

  /**
   * Reads it whole.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRUNCATED}, {@link
   *     AttestationCode#EVIDENCE_TRAILING_BYTES}, {@link AttestationCode#EVIDENCE_OVERSIZED},
   *     {@link AttestationCode#EVIDENCE_MALFORMED} or {@link AttestationCode#ALGORITHM_UNKNOWN}
   */
  public static TpmSignature parse(Bytes encoded) {
    if (encoded.size() > MAX_BYTES) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED,
          "a signature has " + encoded.size() + " bytes; at most " + MAX_BYTES + " are read");
    }
    ByteReader reader = ByteReader.bigEndian(encoded.array(), "signature of the quote");
    SigningScheme scheme = SigningScheme.read(reader, "signature of the quote");
    Bytes value =
        switch (scheme.kind()) {
          case RSASSA, RSAPSS -> reader.bytes(reader.u16("size"), "signature");
          case ECDSA -> pair(reader, scheme.hash().size());
        };
    reader.end();
    return new TpmSignature(scheme, value);
  }

  // Some TPMs leave leading zeros away.
  private static Bytes pair(ByteReader reader, int size) {
    byte[] pair = new byte[2 * size];
    for (int end = size; end <= 2 * size; end += size) {
      byte[] part = reader.array(reader.u16("size"), "half of an ECDSA signature");
      if (part.length > size) {
        throw new AttestationException(
            AttestationCode.EVIDENCE_MALFORMED,
            "half of an ECDSA signature has " + part.length + " bytes; " + size + " fit its curve");
      }
      System.arraycopy(part, 0, pair, end - part.length, part.length);
    }
    return Bytes.of(pair);
  }

  /**
   * Verifies.
   *
   * @throws AttestationException {@link AttestationCode#SIGNATURE_INVALID}, or {@link
   *     AttestationCode#ALGORITHM_UNKNOWN} for a key of another kind
   */
  void require(PublicKey key, byte[] signed) {
    switch (scheme.kind()) {
      case ECDSA -> EcdsaSignatures.require(curve(), key, signed, value.array(), "the quote");
      case RSASSA -> requireRsa(verifiesRsassa(key, signed));
      case RSAPSS -> requireRsa(verifiesRsapss(key, signed));
    }
  }

  private Curve curve() {
    return switch (scheme.hash()) {
      case SHA256 -> Curve.P256;
      case SHA384 -> Curve.P384;
    };
  }

  private static void requireRsa(boolean verifies) {
    if (!verifies) {
      throw new AttestationException(
          AttestationCode.SIGNATURE_INVALID, "the signature of the quote does not verify");
    }
  }

  private boolean verifiesRsassa(PublicKey key, byte[] signed) {
    try {
      return verifies(Signature.getInstance(scheme.hash().name() + "withRSA"), key, signed);
    } catch (GeneralSecurityException e) {
      return false; // of another length, perhaps: not a signature of this key
    }
  }

  // Part 1 annex B.7: the salt is as long as fits, or as long as the digest (FIPS 186).
  private boolean verifiesRsapss(PublicKey key, byte[] signed) {
    int largest = (rsa(key).getModulus().bitLength() + 6) / 8 - scheme.hash().size() - 2;
    return verifiesRsapss(key, signed, scheme.hash().size())
        || verifiesRsapss(key, signed, largest);
  }

  private boolean verifiesRsapss(PublicKey key, byte[] signed, int salt) {
    String digest = scheme.hash().javaName();
    try {
      Signature verification = Signature.getInstance("RSASSA-PSS");
      verification.setParameter(
          new PSSParameterSpec(digest, "MGF1", new MGF1ParameterSpec(digest), salt, 1));
      return verifies(verification, key, signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private boolean verifies(Signature verification, PublicKey key, byte[] signed)
      throws GeneralSecurityException {
    verification.initVerify(rsa(key));
    verification.update(signed);
    return verification.verify(value.array());
  }

  private RSAPublicKey rsa(PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      return rsa;
    }
    throw new AttestationException(
        AttestationCode.ALGORITHM_UNKNOWN, "the quote is signed as by RSA, by a key of ECC");
  }
}
