package dev.strongroom.core.manifest.oms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSignatureVerifierTest {
  private static final Sha256Digest SIGNME_1 =
      new Sha256Digest("bc9a717db6064a32cbe9eae6fc40651dd6d36ef1757183f590eff2b1765d7ebc");
  private static final Sha256Digest SIGNME_2 =
      new Sha256Digest("32dcb1f8e1ae52d5963e56a6ba06ab58b424c15ed2a6b70d2feca1d089370028");
  private static final String ROOT =
      "92745110b1ab4368471cbe31664e10174e954b113a3df333db860317b2c6dec4";
  private static final Map<WeightPath, Sha256Digest> FILES =
      Map.of(new WeightPath("signme-1"), SIGNME_1, new WeightPath("signme-2"), SIGNME_2);

  private static byte[] resource(String name) throws IOException {
    try (InputStream in =
        ModelSignatureVerifierTest.class.getResourceAsStream("/model-signing/" + name)) {
      assertNotNull(in, name);
      return in.readAllBytes();
    }
  }

  private static ModelSignatureVerifier reference() throws URISyntaxException {
    var pem =
        ModelSignatureVerifierTest.class.getResource(
            "/model-signing/reference/signing-key-pub.pem");
    assertNotNull(pem);
    return new ModelSignatureVerifier(PublisherKey.readPublicDer(Path.of(pem.toURI())));
  }

  private static ProblemCode refusal(
      ModelSignatureVerifier verifier, byte[] bundle, Map<WeightPath, Sha256Digest> files) {
    return assertThrows(Problem.class, () -> verifier.verify(bundle, files)).code();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"spec/key.bundle.json", "reference/v1.1.0.sig.json", "reference/v1.0.1.sig.json"})
  void acceptsTheBundlesOfOthers(String name) throws Exception {
    VerifiedModelSignature verified = reference().verify(resource(name), FILES);
    assertEquals(ROOT, verified.rootDigest().hex());
    assertEquals(List.of(), verified.unsigned());
  }

  @Test
  void namesTheFilesThatTheSignatureLeavesOut() throws Exception {
    Map<WeightPath, Sha256Digest> more = new LinkedHashMap<>(FILES);
    more.put(new WeightPath("ignore-me"), SIGNME_1);
    more.put(new WeightPath(".git/config"), SIGNME_1);
    VerifiedModelSignature verified = reference().verify(resource("spec/key.bundle.json"), more);
    assertEquals("[.git/config, ignore-me]", verified.unsigned().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"extra", "ignore-me-2", "sub/ignore-me", "sub/.git/config"})
  void refusesAFileThatIsNotSigned(String path) throws Exception {
    Map<WeightPath, Sha256Digest> more = new LinkedHashMap<>(FILES);
    more.put(new WeightPath(path), SIGNME_1);
    assertEquals(
        ProblemCode.MODEL_SIGNATURE_INVALID,
        refusal(reference(), resource("spec/key.bundle.json"), more));
  }

  @Test
  void refusesMissingAndChangedFiles() throws Exception {
    byte[] bundle = resource("spec/key.bundle.json");
    assertEquals(
        ProblemCode.MODEL_SIGNATURE_INVALID,
        refusal(reference(), bundle, Map.of(new WeightPath("signme-1"), SIGNME_1)));
    assertEquals(
        ProblemCode.MODEL_SIGNATURE_INVALID,
        refusal(
            reference(),
            bundle,
            Map.of(new WeightPath("signme-1"), SIGNME_2, new WeightPath("signme-2"), SIGNME_1)));
  }

  @ParameterizedTest
  @CsvSource({
    "spec/empty.bundle.json, MODEL_SIGNATURE_INVALID",
    "spec/missing-envelope.bundle.json, MODEL_SIGNATURE_INVALID",
    "spec/missing-verification-material.bundle.json, MODEL_SIGNATURE_INVALID",
    "spec/missing-tlog-entries.bundle.json, UNSUPPORTED_ALGORITHM",
    "spec/wrong-predicate.bundle.json, MODEL_SIGNATURE_INVALID",
    "spec/certificate.bundle.json, UNSUPPORTED_ALGORITHM",
    "spec/sigstore.bundle.json, UNSUPPORTED_ALGORITHM",
    "reference/v0.3.1.sig.json, MODEL_SIGNATURE_INVALID"
  })
  void refusesTheInvalidVectorsAndOtherMethods(String name, ProblemCode expected) throws Exception {
    assertEquals(expected, refusal(reference(), resource(name), FILES));
  }

  @Test
  void refusesAnotherKey() throws Exception {
    KeyPair other = pair("secp384r1");
    assertEquals(
        ProblemCode.MODEL_SIGNATURE_INVALID,
        refusal(
            new ModelSignatureVerifier(other.getPublic()),
            resource("spec/key.bundle.json"),
            FILES));
  }

  @Test
  void acceptsOnlyTheThreeCurves() throws Exception {
    KeyPair ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    assertEquals(
        ProblemCode.UNSUPPORTED_ALGORITHM,
        assertThrows(Problem.class, () -> new ModelSignatureVerifier(ed.getPublic())).code());
    assertThrows(Problem.class, () -> new ModelSignatureVerifier(new byte[10]));
  }

  private static KeyPair pair(String curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  /** A bundle of our own making, with one thing changed before it is signed. */
  private static byte[] bundle(KeyPair pair, String signature, String statement)
      throws GeneralSecurityException {
    byte[] payload = statement.getBytes(StandardCharsets.UTF_8);
    Signature signer = Signature.getInstance(signature);
    signer.initSign(pair.getPrivate());
    signer.update(DsseEnvelope.preAuthenticationEncoding("application/vnd.in-toto+json", payload));
    Base64.Encoder base64 = Base64.getEncoder();
    String hint = ModelSigningKey.of(pair.getPublic().getEncoded()).hint();
    return String.format(
            "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\","
                + "\"verificationMaterial\":{\"publicKey\":{\"hint\":\"%s\"},\"tlogEntries\":[]},"
                + "\"dsseEnvelope\":{\"payload\":\"%s\","
                + "\"payloadType\":\"application/vnd.in-toto+json\","
                + "\"signatures\":[{\"sig\":\"%s\",\"keyid\":null}]}}",
            hint, base64.encodeToString(payload), base64.encodeToString(signer.sign()))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String statement(Map<String, Sha256Digest> files) {
    ByteArrayOutputStream digests = new ByteArrayOutputStream();
    files.values().forEach(digest -> digests.writeBytes(digest.bytes()));
    String resources =
        files.entrySet().stream()
            .map(file ->
                "{\"name\":\""
                    + file.getKey()
                    + "\",\"algorithm\":\"sha256\",\"digest\":\""
                    + file.getValue()
                    + "\"}")
            .collect(Collectors.joining(","));
    return "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"m\",\"digest\":{\"sha256\":\""
        + Sha256Digest.of(digests.toByteArray())
        + "\"}}],\"predicateType\":\"https://model_signing/signature/v1.0\",\"predicate\":{\"resources\":["
        + resources
        + "],\"serialization\":{\"method\":\"files\",\"hash_type\":\"sha256\",\"allow_symlinks\":false,"
        + "\"ignore_paths\":[\"cache\"]}}}";
  }

  @ParameterizedTest
  @CsvSource({
    "secp256r1, SHA256withECDSA",
    "secp384r1, SHA384withECDSA",
    "secp521r1, SHA512withECDSA"
  })
  void acceptsEachCurveWithItsHashAndAnyOrder(String curve, String signature) throws Exception {
    KeyPair pair = pair(curve);
    Map<String, Sha256Digest> files = new LinkedHashMap<>();
    files.put("a/b", SIGNME_2);
    files.put("a-b/x", SIGNME_1);
    byte[] bundle = bundle(pair, signature, statement(files));
    Map<WeightPath, Sha256Digest> found =
        Map.of(new WeightPath("a/b"), SIGNME_2, new WeightPath("a-b/x"), SIGNME_1);
    ModelSignatureVerifier verifier = new ModelSignatureVerifier(pair.getPublic());
    assertEquals(List.of(), verifier.verify(bundle, found).unsigned());
    byte[] weaker = bundle(pair, "SHA1withECDSA", statement(files));
    assertEquals(ProblemCode.MODEL_SIGNATURE_INVALID, refusal(verifier, weaker, found));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"method\":\"files\"|\"method\":\"shards\",\"shard_size\":1000000000.0|UNSUPPORTED_ALGORITHM",
        "\"hash_type\":\"sha256\"|\"hash_type\":\"blake2b\"|UNSUPPORTED_ALGORITHM",
        "\"algorithm\":\"sha256\"|\"algorithm\":\"blake2b\"|MODEL_SIGNATURE_INVALID",
        "signature/v1.0|signature/v2.0|MODEL_SIGNATURE_INVALID",
        "Statement/v1|Statement/v0.1|MODEL_SIGNATURE_INVALID",
        "\"name\":\"a\"|\"name\":\"../a\"|MODEL_SIGNATURE_INVALID",
        "\"name\":\"a\"|\"name\":\"b\"|MODEL_SIGNATURE_INVALID",
        "\"name\":\"a\"|\"name\":5|MODEL_SIGNATURE_INVALID",
        "\"cache\"|\".\"|MODEL_SIGNATURE_INVALID",
        "\"cache\"|5|MODEL_SIGNATURE_INVALID",
        "\"sha256\":\"|\"sha256\":\"0|MODEL_SIGNATURE_INVALID",
        "\"subject\":[|\"subject\":[{},|MODEL_SIGNATURE_INVALID"
      })
  void refusesSignedStatementsThatDoNotAgree(String from, String to, ProblemCode expected)
      throws Exception {
    KeyPair pair = pair("secp256r1");
    Map<String, Sha256Digest> files = new LinkedHashMap<>();
    files.put("a", SIGNME_1);
    files.put("b", SIGNME_2);
    String changed = statement(files).replace(from, to);
    byte[] bundle = bundle(pair, "SHA256withECDSA", changed);
    Map<WeightPath, Sha256Digest> found =
        Map.of(new WeightPath("a"), SIGNME_1, new WeightPath("b"), SIGNME_2);
    assertEquals(expected, refusal(new ModelSignatureVerifier(pair.getPublic()), bundle, found));
  }

  @Test
  void refusesARootDigestThatIsNotThatOfTheFiles() throws Exception {
    KeyPair pair = pair("secp256r1");
    String statement =
        statement(Map.of("a", SIGNME_1)).replaceFirst(SIGNME_1.hex(), SIGNME_2.hex());
    assertEquals(
        ProblemCode.MODEL_SIGNATURE_INVALID,
        refusal(
            new ModelSignatureVerifier(pair.getPublic()),
            bundle(pair, "SHA256withECDSA", statement),
            Map.of(new WeightPath("a"), SIGNME_2)));
  }

  @Test
  void refusesChangedPayloadsAndUnverifiableMaterial() throws Exception {
    KeyPair pair = pair("secp256r1");
    String json =
        new String(
            bundle(pair, "SHA256withECDSA", statement(Map.of("a", SIGNME_1))),
            StandardCharsets.UTF_8);
    Map<WeightPath, Sha256Digest> found = Map.of(new WeightPath("a"), SIGNME_1);
    ModelSignatureVerifier verifier = new ModelSignatureVerifier(pair.getPublic());
    assertEquals(
        List.of(), verifier.verify(json.getBytes(StandardCharsets.UTF_8), found).unsigned());
    Map<String, ProblemCode> changes =
        Map.of(
            json.replace("\"tlogEntries\":[]", "\"tlogEntries\":[{}]"),
            ProblemCode.UNSUPPORTED_ALGORITHM,
            json.replace("\"tlogEntries\":[]", "\"timestampVerificationData\":{\"a\":1}"),
            ProblemCode.UNSUPPORTED_ALGORITHM,
            json.replace("\"tlogEntries\":[]", "\"tlogEntries\":\"x\""),
            ProblemCode.UNSUPPORTED_ALGORITHM,
            json.replace("\"hint\":\"", "\"hint\":\"0"),
            ProblemCode.MODEL_SIGNATURE_INVALID,
            json.replace("v0.3+json", "v0.2+json"),
            ProblemCode.MODEL_SIGNATURE_INVALID,
            json.replace("in-toto+json\"", "in-toto+xml\""),
            ProblemCode.MODEL_SIGNATURE_INVALID,
            json.replace("\"sig\":\"M", "\"sig\":\"N"),
            ProblemCode.MODEL_SIGNATURE_INVALID,
            json.replace("\"signatures\":[", "\"signatures\":[{\"sig\":\"AAAA\"},"),
            ProblemCode.MODEL_SIGNATURE_INVALID);
    changes.forEach((changed, expected) ->
        assertEquals(expected, refusal(verifier, changed.getBytes(StandardCharsets.UTF_8), found)));
  }
}
