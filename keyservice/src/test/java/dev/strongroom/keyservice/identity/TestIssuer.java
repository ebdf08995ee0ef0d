package dev.strongroom.keyservice.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;

/**
 * An issuer with one key. Tokens are put together from raw JSON texts and signed by the JCA, so
 * that a test can make any token that an attacker could.
 */
public final class TestIssuer {
  public static final String ISSUER = "https://issuer.example.org";
  public static final String AUDIENCE = "strongroom";

  private final TokenAlgorithm algorithm;
  private final String keyId;
  private final KeyPair pair;

  public TestIssuer(TokenAlgorithm algorithm, String keyId) {
    this.algorithm = algorithm;
    this.keyId = keyId;
    this.pair = generate(algorithm);
  }

  public KeyPair pair() {
    return pair;
  }

  /** The public key as a JWK with kid and use, no alg. */
  public String jwk() {
    JWK jwk =
        switch (algorithm) {
          case ES256 ->
              new ECKey.Builder(Curve.P_256, (ECPublicKey) pair.getPublic()).keyID(keyId).build();
          case ES384 ->
              new ECKey.Builder(Curve.P_384, (ECPublicKey) pair.getPublic()).keyID(keyId).build();
          case RS256, PS256 ->
              new RSAKey.Builder((RSAPublicKey) pair.getPublic()).keyID(keyId).build();
          case EDDSA -> {
            byte[] spki = pair.getPublic().getEncoded();
            yield new OctetKeyPair.Builder(
                    Curve.Ed25519, Base64URL.encode(Arrays.copyOfRange(spki, 12, 44)))
                .keyID(keyId)
                .build();
          }
        };
    return jwk.toJSONString();
  }

  public String jwks() {
    return "{\"keys\":[" + jwk() + "]}";
  }

  public static String claims(long now) {
    return "{\"iss\":\"%s\",\"sub\":\"system:serviceaccount:ml:chat\",\"aud\":\"%s\",\"iat\":%d,\"exp\":%d}"
        .formatted(ISSUER, AUDIENCE, now, now + 600);
  }

  public String header() {
    return "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}".formatted(algorithm.wireName(), keyId);
  }

  public String token(String claims) {
    return token(header(), claims);
  }

  public String token(String header, String claims) {
    String signed = base64(header) + "." + base64(claims);
    return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(sign(signed));
  }

  public static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] sign(String text) {
    try {
      Signature signature =
          Signature.getInstance(
              switch (algorithm) {
                case ES256 -> "SHA256withECDSAinP1363Format";
                case ES384 -> "SHA384withECDSAinP1363Format";
                case RS256 -> "SHA256withRSA";
                case PS256 -> "RSASSA-PSS";
                case EDDSA -> "Ed25519";
              });
      if (algorithm == TokenAlgorithm.PS256) {
        signature.setParameter(
            new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
      }
      signature.initSign(pair.getPrivate());
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair generate(TokenAlgorithm algorithm) {
    try {
      KeyPairGenerator generator =
          KeyPairGenerator.getInstance(
              switch (algorithm) {
                case ES256, ES384 -> "EC";
                case RS256, PS256 -> "RSA";
                case EDDSA -> "Ed25519";
              });
      switch (algorithm) {
        case ES256 -> generator.initialize(new ECGenParameterSpec("secp256r1"));
        case ES384 -> generator.initialize(new ECGenParameterSpec("secp384r1"));
        case RS256, PS256 -> generator.initialize(2048);
        case EDDSA -> {
          // Has one size.
        }
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The private JWK, which an issuer must never publish. */
  public String privateJwk() throws JOSEException {
    return new ECKey.Builder(Curve.P_256, (ECPublicKey) pair.getPublic())
        .privateKey(pair.getPrivate())
        .keyID(keyId)
        .build()
        .toJSONString();
  }
}
