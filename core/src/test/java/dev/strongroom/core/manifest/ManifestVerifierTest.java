package dev.strongroom.core.manifest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestVerifierTest {
  private static final Manifest MANIFEST = SampleManifest.of("config.json", "model.onnx");
  private static final PublisherKey ED = PublisherKey.generate(SignatureAlgorithm.EDDSA);
  private static final PublisherKey EC = PublisherKey.generate(SignatureAlgorithm.ES256);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ProblemCode refusal(ManifestVerifier verifier, byte[] envelope) {
    return assertThrows(Problem.class, () -> verifier.verify(envelope)).code();
  }

  private static ManifestVerifier trusting(PublisherKey... keys) {
    return new ManifestVerifier(
        java.util.Arrays.stream(keys).map(PublisherKey::publicKey).toList());
  }

  // secure-systems-lab/dsse, protocol.md, "Test Vectors".
  @Test
  void agreesWithTheVectorOfTheSpecification() throws Exception {
    String json =
        "{\"payload\": \"aGVsbG8gd29ybGQ=\",\n"
            + " \"payloadType\": \"http://example.com/HelloWorld\",\n"
            + " \"signatures\": [{\"sig\":"
            + " \"A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==\"}]}";
    DsseEnvelope envelope = DsseEnvelope.parse(utf8(json), 100);
    assertEquals(
        "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
        new String(envelope.preAuthenticationEncoding(), StandardCharsets.UTF_8));
    byte[] signature = envelope.signatures().getFirst().signature();
    PublicKey key = vectorKey();
    assertTrue(ManifestSignature.verify(key, envelope.preAuthenticationEncoding(), signature));
    assertFalse(ManifestSignature.verify(key, envelope.payload(), signature));
  }

  private static PublicKey vectorKey() throws Exception {
    AlgorithmParameters p256 = AlgorithmParameters.getInstance("EC");
    p256.init(new ECGenParameterSpec("secp256r1"));
    ECPoint point =
        new ECPoint(
            new BigInteger(
                "46950820868899156662930047687818585632848591499744589407958293238635476079160"),
            new BigInteger(
                "5640078356564379163099075877009565129882514886557779369047442380624545832820"));
    return KeyFactory.getInstance("EC")
        .generatePublic(new ECPublicKeySpec(point, p256.getParameterSpec(ECParameterSpec.class)));
  }

  @Test
  void lengthsInTheEncodingAreOfBytes() {
    assertEquals(
        "DSSEv1 2 é 3 \u20ac",
        new String(
            DsseEnvelope.preAuthenticationEncoding("é", utf8("\u20ac")), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @EnumSource(SignatureAlgorithm.class)
  void verifiesWhatATrustedPublisherSigned(SignatureAlgorithm algorithm) {
    PublisherKey key = PublisherKey.generate(algorithm);
    DsseEnvelope envelope = new ManifestSigner(key).sign(MANIFEST);
    VerifiedManifest verified = trusting(ED, key, EC).verify(envelope.toJson());
    assertEquals(MANIFEST, verified.manifest());
    assertEquals(ManifestDigest.of(envelope.payload()), verified.digest());
    assertEquals(List.of(key.keyId()), verified.signers());
    assertEquals(Sha256Digest.of(key.publicKey().getEncoded()), key.keyId());
    assertEquals(64, envelope.signatures().getFirst().signature().length);
  }

  @Test
  void severalPublishersMaySign() {
    byte[] envelope = new ManifestSigner(List.of(ED, EC)).sign(MANIFEST).toJson();
    assertEquals(List.of(ED.keyId(), EC.keyId()), trusting(EC, ED).verify(envelope).signers());
    assertEquals(List.of(EC.keyId()), trusting(EC).verify(envelope).signers());
  }

  @Test
  void unknownPublisherIsRefused() {
    byte[] envelope = new ManifestSigner(ED).sign(MANIFEST).toJson();
    assertEquals(ProblemCode.PUBLISHER_UNKNOWN, refusal(trusting(EC), envelope));
    assertEquals(ProblemCode.PUBLISHER_UNKNOWN, refusal(trusting(), envelope));
  }

  // The key id is a hint: naming a trusted key does not help without its signature.
  @Test
  void borrowedKeyIdIsRefused() {
    DsseEnvelope signed = new ManifestSigner(EC).sign(MANIFEST);
    DsseSignature borrowed =
        new DsseSignature(ED.keyId().hex(), signed.signatures().getFirst().signature());
    byte[] envelope =
        new DsseEnvelope(signed.payloadType(), signed.payload(), List.of(borrowed)).toJson();
    assertEquals(ProblemCode.MANIFEST_SIGNATURE_INVALID, refusal(trusting(ED), envelope));
  }

  @Test
  void changedPayloadIsRefused() {
    DsseEnvelope signed = new ManifestSigner(ED).sign(MANIFEST);
    byte[] other = ManifestCodec.write(SampleManifest.of("config.json"));
    byte[] envelope = new DsseEnvelope(signed.payloadType(), other, signed.signatures()).toJson();
    assertEquals(ProblemCode.MANIFEST_SIGNATURE_INVALID, refusal(trusting(ED), envelope));
  }

  @Test
  void everyFlippedBitOfASignatureIsRefused() {
    for (PublisherKey key : List.of(ED, EC)) {
      DsseEnvelope signed = new ManifestSigner(key).sign(MANIFEST);
      for (int bit = 0; bit < 512; bit++) {
        byte[] signature = signed.signatures().getFirst().signature();
        signature[bit / 8] ^= (byte) (1 << (bit % 8));
        byte[] envelope =
            new DsseEnvelope(
                    signed.payloadType(),
                    signed.payload(),
                    List.of(new DsseSignature(key.keyId().hex(), signature)))
                .toJson();
        assertEquals(
            ProblemCode.MANIFEST_SIGNATURE_INVALID, refusal(trusting(key), envelope), "bit " + bit);
      }
    }
  }

  @Test
  void oneBadSignatureSpoilsTheOthers() {
    DsseEnvelope signed = new ManifestSigner(List.of(ED, EC)).sign(MANIFEST);
    DsseSignature bad = new DsseSignature(EC.keyId().hex(), new byte[64]);
    byte[] envelope =
        new DsseEnvelope(
                signed.payloadType(),
                signed.payload(),
                List.of(signed.signatures().getFirst(), bad))
            .toJson();
    assertEquals(ProblemCode.MANIFEST_SIGNATURE_INVALID, refusal(trusting(ED, EC), envelope));
    assertEquals(List.of(ED.keyId()), trusting(ED).verify(envelope).signers());
  }

  @Test
  void twoSignaturesOfOneKeyAreRefused() {
    DsseEnvelope signed = new ManifestSigner(List.of(ED, ED)).sign(MANIFEST);
    assertEquals(ProblemCode.MANIFEST_SIGNATURE_INVALID, refusal(trusting(ED), signed.toJson()));
  }

  @Test
  void anotherPayloadTypeIsRefusedEvenWhenSigned() {
    byte[] payload = ManifestCodec.write(MANIFEST);
    String type = "application/vnd.in-toto+json";
    byte[] signature = ED.sign(DsseEnvelope.preAuthenticationEncoding(type, payload));
    byte[] envelope =
        new DsseEnvelope(type, payload, List.of(new DsseSignature(ED.keyId().hex(), signature)))
            .toJson();
    assertEquals(ProblemCode.MANIFEST_INVALID, refusal(trusting(ED), envelope));
  }

  @Test
  void signedNonsenseIsRefused() {
    byte[] payload = utf8("{}");
    byte[] signature =
        ED.sign(DsseEnvelope.preAuthenticationEncoding(ManifestSigner.PAYLOAD_TYPE, payload));
    byte[] envelope =
        new DsseEnvelope(
                ManifestSigner.PAYLOAD_TYPE,
                payload,
                List.of(new DsseSignature(ED.keyId().hex(), signature)))
            .toJson();
    assertEquals(ProblemCode.MANIFEST_INVALID, refusal(trusting(ED), envelope));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[]}",
        "{\"payload\":\"YQ==\",\"payloadType\":\"\",\"signatures\":[{\"sig\":\"YQ==\"}]}",
        "{\"payload\":\"YQ\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"YQ==\"}]}",
        "{\"payload\":\"YR==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"YQ==\"}]}",
        "{\"payload\":\"Y Q==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"YQ==\"}]}",
        "{\"payload\":\"_-8=\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"YQ==\"}]}",
        "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"\"}]}",
        "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"a\"}]}",
        "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"YQ==\",\"x\":1}]}",
        "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"YQ==\"}],\"x\":1}",
        "{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":{\"sig\":\"YQ==\"}}",
        "{\"payload\":\"YQ==\",\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"YQ==\"}]}"
      })
  void brokenEnvelopesAreRefused(String json) {
    assertEquals(ProblemCode.MANIFEST_INVALID, refusal(trusting(ED), utf8(json)));
  }

  @Test
  void envelopesAreLimited() {
    String large = Base64.getEncoder().encodeToString(new byte[101]);
    String json =
        "{\"payload\":\"" + large + "\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"YQ==\"}]}";
    assertEquals(
        ProblemCode.TOO_LARGE,
        assertThrows(Problem.class, () -> DsseEnvelope.parse(utf8(json), 100)).code());
    assertArrayEquals(new byte[101], DsseEnvelope.parse(utf8(json), 101).payload());
    String many = "{\"sig\":\"YQ==\"},".repeat(17);
    String seventeen =
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":["
            + many.substring(0, many.length() - 1)
            + "]}";
    assertThrows(Problem.class, () -> DsseEnvelope.parse(utf8(seventeen), 100));
    byte[] longSignature = new byte[1025];
    assertThrows(Problem.class, () -> new DsseSignature("", longSignature));
  }
}
