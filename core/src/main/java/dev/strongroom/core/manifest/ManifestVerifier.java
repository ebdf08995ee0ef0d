package dev.strongroom.core.manifest;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Verifies signed manifests against the publishers' keys that the operator trusts. The order: parse
 * the envelope, check its type, verify each signature by a trusted key, only then parse the signed
 * bytes. A signature that names a trusted key and does not verify refuses the whole envelope, even
 * beside a good one. Signatures by other keys are ignored. Safe for several threads.
 */
public final class ManifestVerifier {
  private final Map<String, PublicKey> trusted = new HashMap<>();

  /**
   * A verifier that trusts these keys.
   *
   * @param trusted Ed25519 or P-256; an empty set refuses everything
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} for another kind of key
   */
  public ManifestVerifier(Collection<? extends PublicKey> trusted) {
    for (PublicKey key : trusted) {
      PublicKey checked = PublicKeys.ofSpki(key.getEncoded());
      this.trusted.put(PublicKeys.keyId(checked).hex(), checked);
    }
  }

  /**
   * Verifies an envelope in its JSON form.
   *
   * @throws Problem {@link ProblemCode#MANIFEST_INVALID} for bytes that are no envelope of a
   *     manifest, {@link ProblemCode#TOO_LARGE}, {@link ProblemCode#PUBLISHER_UNKNOWN} when no
   *     trusted key is named, {@link ProblemCode#MANIFEST_SIGNATURE_INVALID} when a signature by a
   *     trusted key does not verify, and what {@link ManifestCodec#parse} throws
   */
  public VerifiedManifest verify(byte[] envelopeJson) {
    DsseEnvelope envelope = parse(envelopeJson);
    if (!envelope.payloadType().equals(ManifestSigner.PAYLOAD_TYPE)) {
      throw new Problem(
          ProblemCode.MANIFEST_INVALID,
          "the envelope holds something else than a manifest ("
              + ManifestSigner.PAYLOAD_TYPE
              + ")");
    }
    List<Sha256Digest> signers = signers(envelope);
    byte[] payload = envelope.payload();
    return new VerifiedManifest(ManifestCodec.parse(payload), ManifestDigest.of(payload), signers);
  }

  private static DsseEnvelope parse(byte[] json) {
    try {
      return DsseEnvelope.parse(json, ManifestCodec.MAX_BYTES);
    } catch (Problem e) {
      if (e.code() == ProblemCode.MALFORMED_REQUEST) {
        throw new Problem(
            ProblemCode.MANIFEST_INVALID, "this is no signed manifest: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  private List<Sha256Digest> signers(DsseEnvelope envelope) {
    byte[] message = envelope.preAuthenticationEncoding();
    List<Sha256Digest> signers = new ArrayList<>();
    Set<String> named = new HashSet<>();
    for (DsseSignature signature : envelope.signatures()) {
      if (!named.add(signature.keyId())) {
        throw invalid("two signatures name the same key");
      }
      PublicKey key = trusted.get(signature.keyId());
      if (key == null) {
        continue;
      }
      if (!ManifestSignature.verify(key, message, signature.signature())) {
        throw invalid("the signature by key " + signature.keyId() + " does not verify");
      }
      signers.add(new Sha256Digest(signature.keyId()));
    }
    if (signers.isEmpty()) {
      throw new Problem(
          ProblemCode.PUBLISHER_UNKNOWN,
          "no signature is by a publisher that is trusted here;"
              + " add the publisher's key to the trust bundle, or sign with a known one");
    }
    return signers;
  }

  private static Problem invalid(String why) {
    return new Problem(
        ProblemCode.MANIFEST_SIGNATURE_INVALID,
        "the manifest is not what its publisher signed: " + why);
  }
}
