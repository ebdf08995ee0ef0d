package dev.strongroom.core.manifest;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Signatures over statements that several people sign, one after the other (DSSE 1.0): the key of
 * each is a {@link PublisherKey}.
 */
public final class DsseSigner {
  private DsseSigner() {}

  /** An envelope with one signature. */
  public static DsseEnvelope sign(String payloadType, byte[] payload, PublisherKey key) {
    return new DsseEnvelope(
        payloadType,
        payload,
        List.of(signature(DsseEnvelope.preAuthenticationEncoding(payloadType, payload), key)));
  }

  /**
   * The envelope with one signature more; a signature by the same key is replaced.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when it has as many as it may already
   */
  public static DsseEnvelope add(DsseEnvelope envelope, PublisherKey key) {
    List<DsseSignature> signatures = new ArrayList<>(envelope.signatures());
    signatures.removeIf(each -> each.keyId().equals(key.keyId().hex()));
    signatures.add(signature(envelope.preAuthenticationEncoding(), key));
    return new DsseEnvelope(envelope.payloadType(), envelope.payload(), signatures);
  }

  /**
   * Whose signatures the envelope has. Signatures by other keys are passed over; one that names a
   * known key and does not verify refuses the envelope, even beside good ones.
   *
   * @param known keys by the id that an envelope names, with the name of who has it
   * @return names, each once, in their order
   * @throws Problem {@link ProblemCode#APPROVAL_INVALID}
   */
  public static List<String> signers(DsseEnvelope envelope, Map<String, Signer> known) {
    byte[] message = envelope.preAuthenticationEncoding();
    Map<String, DsseSignature> found = new TreeMap<>();
    for (DsseSignature signature : envelope.signatures()) {
      Signer signer = known.get(signature.keyId());
      if (signer == null) {
        continue;
      }
      if (!ManifestSignature.verify(signer.key(), message, signature.signature())) {
        throw new Problem(
            ProblemCode.APPROVAL_INVALID,
            "the signature of '" + signer.name() + "' does not fit what is signed");
      }
      found.put(signer.name(), signature);
    }
    return List.copyOf(found.keySet());
  }

  private static DsseSignature signature(byte[] message, PublisherKey key) {
    return new DsseSignature(key.keyId().hex(), key.sign(message));
  }

  /**
   * Somebody who may sign.
   *
   * @param key Ed25519 or P-256
   */
  public record Signer(String name, PublicKey key) {}
}
