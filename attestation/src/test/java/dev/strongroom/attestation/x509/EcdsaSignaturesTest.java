package dev.strongroom.attestation.x509;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.x509.EcdsaSignatures.Curve;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EcdsaSignaturesTest {
  private static final byte[] SIGNED = "signed".getBytes(StandardCharsets.US_ASCII);

  private static KeyPair keys(Curve curve) {
    return TestAuthority.newKeys(curve == Curve.P256 ? "secp256r1" : "secp384r1");
  }

  private static byte[] sign(Curve curve, KeyPair keys) throws GeneralSecurityException {
    Signature signature =
        Signature.getInstance(
            (curve == Curve.P256 ? "SHA256" : "SHA384") + "withECDSAinP1363Format");
    signature.initSign(keys.getPrivate());
    signature.update(SIGNED);
    return signature.sign();
  }

  private static byte[] point(Curve curve, PublicKey key) {
    byte[] point = new byte[2 * curve.size()];
    put(((ECPublicKey) key).getW().getAffineX(), point, 0, curve.size());
    put(((ECPublicKey) key).getW().getAffineY(), point, curve.size(), curve.size());
    return point;
  }

  private static void put(BigInteger value, byte[] into, int at, int size) {
    byte[] bytes = value.toByteArray();
    int count = Math.min(size, bytes.length);
    System.arraycopy(bytes, bytes.length - count, into, at + size - count, count);
  }

  private static void assertInvalid(Curve curve, PublicKey key, byte[] signature) {
    assertRefused(
        AttestationCode.SIGNATURE_INVALID,
        "the report",
        () -> EcdsaSignatures.require(curve, key, SIGNED, signature, "the report"));
  }

  @ParameterizedTest
  @EnumSource
  void aSignatureVerifiesByTheKeyOfItsPoint(Curve curve) throws GeneralSecurityException {
    KeyPair keys = keys(curve);
    PublicKey key = EcdsaSignatures.key(curve, point(curve, keys.getPublic()));
    assertEquals(keys.getPublic(), key);
    byte[] signature = sign(curve, keys);
    EcdsaSignatures.require(curve, key, SIGNED, signature, "the report");
    assertInvalid(curve, keys(curve).getPublic(), signature);
    for (int i = 0; i < signature.length; i++) {
      byte[] flipped = signature.clone();
      flipped[i] ^= 1;
      assertInvalid(curve, key, flipped);
    }
  }

  @ParameterizedTest
  @EnumSource
  void valuesOutOfRangeAndOtherSizesAreNoSignatures(Curve curve) throws GeneralSecurityException {
    KeyPair keys = keys(curve);
    PublicKey key = keys.getPublic();
    byte[] signature = sign(curve, keys);
    byte[] order = new byte[curve.size()];
    put(((ECPublicKey) key).getParams().getOrder(), order, 0, curve.size());
    byte[] highest = new byte[curve.size()];
    Arrays.fill(highest, (byte) 0xff);
    for (byte[] value : new byte[][] {new byte[curve.size()], order, highest}) {
      assertInvalid(curve, key, joined(value, Arrays.copyOf(signature, curve.size())));
      assertInvalid(
          curve, key, joined(Arrays.copyOfRange(signature, curve.size(), 2 * curve.size()), value));
      assertInvalid(curve, key, joined(value, value));
    }
    assertInvalid(curve, key, new byte[0]);
    assertInvalid(curve, key, Arrays.copyOf(signature, signature.length - 1));
    assertInvalid(curve, key, Arrays.copyOf(signature, signature.length + 1));
    assertInvalid(curve, key, joined(new byte[1], joined(signature, new byte[1])));
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @ParameterizedTest
  @EnumSource
  void pointsOffTheCurveAreRefused(Curve curve) {
    byte[] good = point(curve, keys(curve).getPublic());
    byte[] off = good.clone();
    off[off.length - 1] ^= 1;
    byte[] highest = good.clone();
    Arrays.fill(highest, 0, curve.size(), (byte) 0xff);
    for (byte[] bad :
        new byte[][] {
          off,
          highest,
          new byte[2 * curve.size()],
          new byte[0],
          Arrays.copyOf(good, good.length - 1),
          Arrays.copyOf(good, good.length + 1)
        }) {
      assertRefused(AttestationCode.EVIDENCE_MALFORMED, () -> EcdsaSignatures.key(curve, bad));
    }
  }

  @Test
  void aCoordinateIsNotReducedByTheFieldsPrime() {
    // X = 0 has a point on P-256; X = p would be the same point after reduction.
    String p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    String y = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";
    HexFormat hex = HexFormat.of();
    PublicKey zero = EcdsaSignatures.key(Curve.P256, hex.parseHex("00".repeat(32) + y));
    assertEquals(BigInteger.ZERO, ((ECPublicKey) zero).getW().getAffineX());
    assertRefused(
        AttestationCode.EVIDENCE_MALFORMED,
        () -> EcdsaSignatures.key(Curve.P256, hex.parseHex(p + y)));
  }

  @Test
  void keysOfAnotherKindAreRefused() throws GeneralSecurityException {
    PublicKey other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic();
    for (PublicKey key : new PublicKey[] {other, keys(Curve.P256).getPublic()}) {
      assertRefused(
          AttestationCode.ALGORITHM_UNKNOWN,
          () -> EcdsaSignatures.require(Curve.P384, key, SIGNED, new byte[96], "the report"));
    }
  }
}
