package dev.strongroom.core.jose;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.interfaces.ECPublicKey;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SignedMessagesTest {
  private static final String TYPE = "strongroom-grant+jwt";
  private static final byte[] PAYLOAD = "{\"a\":1}".getBytes(UTF_8);

  @ParameterizedTest
  @EnumSource
  void aSignedMessageGivesItsPayloadToTheRightKeyOnly(SignatureAlgorithm algorithm) {
    SigningKey key = SigningKey.generate(algorithm);
    String text = key.sign(TYPE, PAYLOAD);

    UnverifiedJws message = parse(text);
    assertEquals(key.keyId().hex(), message.keyId());
    assertArrayEquals(
        PAYLOAD, message.verify(key.publicKey(), ProblemCode.GRANT_SIGNATURE_INVALID));
    for (SignatureAlgorithm other : SignatureAlgorithm.values()) {
      SigningKey stranger = SigningKey.generate(other);
      assertRefused(
          ProblemCode.GRANT_SIGNATURE_INVALID,
          () -> message.verify(stranger.publicKey(), ProblemCode.GRANT_SIGNATURE_INVALID));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aProofCarriesItsKey(SignatureAlgorithm algorithm) {
    SigningKey key = SigningKey.generate(algorithm);
    UnverifiedJws message = parse(key.signWithKey(TYPE, PAYLOAD));
    assertEquals(key.thumbprint(), PublicKeys.thumbprint(message.headerKey()));
    assertArrayEquals(PAYLOAD, message.verify(message.headerKey(), ProblemCode.PROOF_INVALID));
  }

  /** Coordinates that begin with a zero byte are what an own encoding gets wrong. */
  @ParameterizedTest
  @EnumSource
  void thumbprintsAreThoseOfTheLibrary(SignatureAlgorithm algorithm) throws Exception {
    for (int i = 0; i < 600; i++) {
      SigningKey key = SigningKey.generate(algorithm);
      assertEquals(
          PublicKeys.toJwk(key.publicKey()).computeThumbprint().toString(), key.thumbprint());
    }
  }

  @Test
  void anotherLibraryVerifiesOurSignature() throws Exception {
    SigningKey key = SigningKey.generate(SignatureAlgorithm.ES256);
    JWSObject object = JWSObject.parse(key.sign(TYPE, PAYLOAD));
    assertEquals(true, object.verify(new ECDSAVerifier((ECPublicKey) key.publicKey())));
  }

  @ParameterizedTest
  @EnumSource
  void everyFlippedCharacterIsRefused(SignatureAlgorithm algorithm) {
    SigningKey key = SigningKey.generate(algorithm);
    String text = key.sign(TYPE, PAYLOAD);
    for (int i = 0; i < text.length(); i++) {
      char flipped = text.charAt(i) == 'A' ? 'B' : 'A';
      String changed = text.substring(0, i) + flipped + text.substring(i + 1);
      if (base64(changed).equals(base64(text))) {
        continue; // the bits beyond the last byte of a part
      }
      assertRefused(
          ProblemCode.GRANT_SIGNATURE_INVALID,
          () -> parse(changed).verify(key.publicKey(), ProblemCode.GRANT_SIGNATURE_INVALID));
    }
  }

  @Test
  void anotherTypeIsRefused() {
    SigningKey key = SigningKey.generate(SignatureAlgorithm.EDDSA);
    String text = key.sign("strongroom-lease+jwt", PAYLOAD);
    assertRefused(ProblemCode.GRANT_SIGNATURE_INVALID, () -> parse(text));
  }

  @Test
  void headerParametersBeyondTheAllowedOnesAreRefused() throws Exception {
    for (JWSHeader header :
        new JWSHeader[] {
          header(JWSAlgorithm.HS256).jwkURL(java.net.URI.create("https://example.org")).build(),
          header(JWSAlgorithm.HS256).contentType("json").build(),
          header(JWSAlgorithm.HS256)
              .base64URLEncodePayload(false)
              .criticalParams(java.util.Set.of("b64"))
              .build()
        }) {
      JWSObject object = new JWSObject(header, new Payload("x"));
      object.sign(new MACSigner(new byte[32]));
      String text = object.serialize();
      assertRefused(ProblemCode.GRANT_SIGNATURE_INVALID, () -> parse(text));
    }
  }

  @Test
  void aMacMadeWithThePublicKeyIsRefused() throws Exception {
    SigningKey key = SigningKey.generate(SignatureAlgorithm.ES256);
    JWSObject object = new JWSObject(header(JWSAlgorithm.HS256).build(), new Payload(PAYLOAD));
    object.sign(new MACSigner(key.publicKey().getEncoded()));
    assertRefused(
        ProblemCode.GRANT_SIGNATURE_INVALID,
        () ->
            parse(object.serialize()).verify(key.publicKey(), ProblemCode.GRANT_SIGNATURE_INVALID));
  }

  @Test
  void unsignedAndMalformedTextsAreRefused() {
    String none =
        base64url("{\"alg\":\"none\",\"typ\":\"" + TYPE + "\"}") + "." + base64url("{}") + ".";
    for (String text : new String[] {"", ".", "..", "a.b.c", none, "a".repeat(10_000)}) {
      assertRefused(ProblemCode.GRANT_SIGNATURE_INVALID, () -> parse(text));
    }
  }

  @Test
  void privateAndForeignKeysAreRefused() throws Exception {
    JWK secret = new ECKeyGenerator(Curve.P_256).generate();
    assertRefused(ProblemCode.UNSUPPORTED_ALGORITHM, () -> PublicKeys.ofJwk(secret));
    JWK p384 = new ECKeyGenerator(Curve.P_384).generate().toPublicJWK();
    assertRefused(ProblemCode.UNSUPPORTED_ALGORITHM, () -> PublicKeys.ofJwk(p384));
    JWK offCurve =
        JWK.parse("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + base64url("short") + "\"}");
    assertRefused(ProblemCode.UNSUPPORTED_ALGORITHM, () -> PublicKeys.ofJwk(offCurve));
    assertRefused(ProblemCode.UNSUPPORTED_ALGORITHM, () -> PublicKeys.ofSpki(new byte[] {1, 2}));
  }

  @ParameterizedTest
  @EnumSource
  void keysSurviveTheirForms(SignatureAlgorithm algorithm) {
    SigningKey key = SigningKey.generate(algorithm);
    assertEquals(key.publicKey(), PublicKeys.ofSpki(key.publicKey().getEncoded()));
    assertEquals(key.publicKey(), PublicKeys.ofJwk(PublicKeys.toJwk(key.publicKey())));
  }

  private static JWSHeader.Builder header(JWSAlgorithm algorithm) {
    return new JWSHeader.Builder(algorithm).type(new com.nimbusds.jose.JOSEObjectType(TYPE));
  }

  private static UnverifiedJws parse(String text) {
    return UnverifiedJws.parse(text, TYPE, 4096, ProblemCode.GRANT_SIGNATURE_INVALID);
  }

  private static String base64url(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }

  /** The decoded parts, or the text itself where it is not base64url. */
  private static java.util.List<String> base64(String text) {
    java.util.List<String> parts = new java.util.ArrayList<>();
    for (String part : text.split("\\.", -1)) {
      try {
        parts.add(java.util.HexFormat.of().formatHex(Base64.getUrlDecoder().decode(part)));
      } catch (IllegalArgumentException e) {
        parts.add(part);
      }
    }
    return parts;
  }

  private static void assertRefused(
      ProblemCode code, org.junit.jupiter.api.function.Executable action) {
    assertEquals(code, assertThrows(Problem.class, action).code());
  }
}
