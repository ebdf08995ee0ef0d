package dev.strongroom.core.manifest.oms;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.PublicKey;
import java.util.Map;

/**
 * Verifies a bundle of OpenSSF Model Signing 1.0, signing method {@code key}, against the digests
 * of a model's files. The order: bundle, hint at the key, signature over the envelope, and only
 * then the signed statement and its list of files. Safe for several threads.
 *
 * <p>Certificates, keyless signatures, transparency log entries and time stamps in a bundle are
 * refused, not passed over: what is present and cannot be verified here is not trusted.
 */
public final class ModelSignatureVerifier {
  private static final int MAX_BUNDLE = 64 << 20;
  private static final String MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
  private static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  private final ModelSigningKey key;

  /**
   * A verifier with the key of the model's maker.
   *
   * @param spki DER of an ECDSA key on P-256, P-384 or P-521
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} for another key
   */
  public ModelSignatureVerifier(byte[] spki) {
    this.key = ModelSigningKey.of(spki);
  }

  /** A verifier with the key of the model's maker. */
  public ModelSignatureVerifier(PublicKey key) {
    this(key.getEncoded());
  }

  /**
   * Verifies a bundle. The files are those that are to be published; leave out the bundle itself.
   *
   * @param bundle the JSON of the bundle
   * @param files the SHA-256 of each file
   * @throws Problem {@link ProblemCode#MODEL_SIGNATURE_INVALID} when bundle, signature or list of
   *     files is wrong, {@link ProblemCode#UNSUPPORTED_ALGORITHM} for another signing method or
   *     hash, {@link ProblemCode#TOO_LARGE}
   */
  public VerifiedModelSignature verify(byte[] bundle, Map<WeightPath, Sha256Digest> files) {
    JsonNode root = parse(bundle);
    if (!text(root, "mediaType").equals(MEDIA_TYPE)) {
      throw invalid("the bundle is not of the type " + MEDIA_TYPE);
    }
    checkMaterial(member(root, "verificationMaterial"));
    byte[] statement = verifiedPayload(member(root, "dsseEnvelope"));
    SignedStatement signed = SignedStatement.of(parse(statement));
    return signed.check(files);
  }

  private void checkMaterial(JsonNode material) {
    JsonNode publicKey = material.path("publicKey");
    if (!publicKey.isObject()) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM,
          "the model signature is not by a plain public key; sign with the method 'key'");
    }
    material
        .fieldNames()
        .forEachRemaining(name -> {
          if (!name.equals("publicKey") && !isAbsent(material.path(name))) {
            throw new Problem(
                ProblemCode.UNSUPPORTED_ALGORITHM,
                "the bundle carries material that cannot be verified here; sign with the method"
                    + " 'key' and without log entries and time stamps");
          }
        });
    if (publicKey.has("hint")) {
      checkHint(text(publicKey, "hint"), key.hint());
    } else {
      checkHint(text(publicKey, "rawBytes"), key.rawBytes());
    }
  }

  private static boolean isAbsent(JsonNode member) {
    return member.isNull() || (member.isContainerNode() && member.isEmpty());
  }

  private static void checkHint(String found, String expected) {
    if (!found.equals(expected)) {
      throw invalid("the bundle names another key than the one given");
    }
  }

  private byte[] verifiedPayload(JsonNode envelope) {
    String type = text(envelope, "payloadType");
    byte[] payload = SignedStatement.base64(text(envelope, "payload"));
    JsonNode signatures = member(envelope, "signatures");
    if (!type.equals(PAYLOAD_TYPE) || !signatures.isArray() || signatures.size() != 1) {
      throw invalid("the envelope holds no in-toto statement with one signature");
    }
    byte[] signature = SignedStatement.base64(text(member(signatures, 0), "sig"));
    if (!key.verifies(DsseEnvelope.preAuthenticationEncoding(type, payload), signature)) {
      throw invalid("the signature does not verify under the given key");
    }
    return payload;
  }

  private static JsonNode parse(byte[] json) {
    try {
      return CanonicalJson.parseForeign(json, MAX_BUNDLE);
    } catch (Problem e) {
      if (e.code() == ProblemCode.TOO_LARGE) {
        throw e;
      }
      throw new Problem(
          ProblemCode.MODEL_SIGNATURE_INVALID,
          "the model signature is invalid: " + e.getMessage(),
          e);
    }
  }

  static JsonNode member(JsonNode node, String name) {
    JsonNode member = node.get(name);
    if (member == null) {
      throw invalid("the member '" + name + "' is missing");
    }
    return member;
  }

  static JsonNode member(JsonNode array, int index) {
    JsonNode member = array.get(index);
    if (member == null) {
      throw invalid("an element is missing");
    }
    return member;
  }

  static String text(JsonNode node, String name) {
    JsonNode member = member(node, name);
    if (!member.isTextual()) {
      throw invalid("the member '" + name + "' is not a text");
    }
    return member.textValue();
  }

  static Problem invalid(String why) {
    return new Problem(
        ProblemCode.MODEL_SIGNATURE_INVALID, "the model signature is invalid: " + why);
  }
}
