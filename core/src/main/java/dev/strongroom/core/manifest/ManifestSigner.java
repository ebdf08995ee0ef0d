package dev.strongroom.core.manifest;

import java.util.List;

/** Signs manifests with the keys of one or more publishers. */
public final class ManifestSigner {
  /** The payload type of a manifest's envelope. */
  public static final String PAYLOAD_TYPE = "application/vnd.strongroom.manifest.v1+json";

  private final List<PublisherKey> keys;

  /**
   * A signer with these keys.
   *
   * @param keys 1 to {@value DsseEnvelope#MAX_SIGNATURES}
   */
  public ManifestSigner(List<PublisherKey> keys) {
    this.keys = List.copyOf(keys);
  }

  /** A signer with one key. */
  public ManifestSigner(PublisherKey key) {
    this(List.of(key));
  }

  /**
   * The envelope of a manifest. Its digest is {@link ManifestDigest#of} the payload.
   *
   * @throws dev.strongroom.core.problem.Problem what {@link ManifestCodec#write} throws
   */
  public DsseEnvelope sign(Manifest manifest) {
    byte[] payload = ManifestCodec.write(manifest);
    byte[] message = DsseEnvelope.preAuthenticationEncoding(PAYLOAD_TYPE, payload);
    List<DsseSignature> signatures =
        keys.stream().map(key -> new DsseSignature(key.keyId().hex(), key.sign(message))).toList();
    return new DsseEnvelope(PAYLOAD_TYPE, payload, signatures);
  }
}
