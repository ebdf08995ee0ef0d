package dev.strongroom.core.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.math.BigInteger;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.EllipticCurve;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jce.spec.ECNamedCurveGenParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureAlgorithmTest {

  private static PublicKey keyOn(String curve) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", new BouncyCastleProvider());
    generator.initialize(new ECNamedCurveGenParameterSpec(curve));
    return generator.generateKeyPair().getPublic();
  }

  @Test
  void aKeyOfAnotherProviderOnP256IsTaken() throws Exception {
    assertEquals(SignatureAlgorithm.ES256, SignatureAlgorithm.of(keyOn("P-256")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp256k1", "brainpoolP256r1", "brainpoolP256t1", "P-384"})
  void anotherCurveIsRefusedThoughItHas256Bits(String curve) throws Exception {
    assertRefused(keyOn(curve));
  }

  /**
   * With a generator of one's own choice, who knows it can sign for a given point (CVE-2020-0601).
   */
  @Test
  void anotherGeneratorIsRefused() throws Exception {
    ECPublicKey key = (ECPublicKey) keyOn("P-256");
    ECParameterSpec own = key.getParams();
    assertRefused(
        on(
            new ECParameterSpec(own.getCurve(), key.getW(), own.getOrder(), own.getCofactor()),
            key));
    EllipticCurve curve = own.getCurve();
    assertRefused(
        on(
            new ECParameterSpec(
                new EllipticCurve(
                    new ECFieldFp(((ECFieldFp) curve.getField()).getP()),
                    curve.getA(),
                    curve.getB().add(BigInteger.ONE)),
                own.getGenerator(),
                own.getOrder(),
                own.getCofactor()),
            key));
  }

  private static void assertRefused(PublicKey key) {
    assertEquals(
        ProblemCode.UNSUPPORTED_ALGORITHM,
        assertThrows(Problem.class, () -> SignatureAlgorithm.of(key)).code());
  }

  private static ECPublicKey on(ECParameterSpec parameters, ECPublicKey key) {
    return new ECPublicKey() {
      private static final long serialVersionUID = 1L;

      @Override
      public ECPoint getW() {
        return key.getW();
      }

      @Override
      public ECParameterSpec getParams() {
        return parameters;
      }

      @Override
      public String getAlgorithm() {
        return "EC";
      }

      @Override
      public String getFormat() {
        return "X.509";
      }

      @Override
      public byte[] getEncoded() {
        return key.getEncoded();
      }
    };
  }
}
