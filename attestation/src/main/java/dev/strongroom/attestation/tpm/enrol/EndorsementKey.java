package dev.strongroom.attestation.tpm.enrol;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import java.security.PublicKey;
import java.util.Map;

/**
 * An endorsement key that its maker has certified.
 *
 * @param key which identifies one TPM
 * @param device its SHA-256 (SubjectPublicKeyInfo)
 * @param certificate SHA-256 of the certificate
 * @param attributes what the certificate says of the TPM: {@code manufacturer} ({@code
 *     id:494E5443}), {@code model} and {@code version}, where it says them
 */
public record EndorsementKey(
    PublicKey key, Bytes device, Bytes certificate, Map<String, String> attributes) {

  public EndorsementKey {
    attributes = Map.copyOf(attributes);
  }

  static EndorsementKey of(PublicKey key, byte[] certificate, Map<String, String> attributes) {
    return new EndorsementKey(
        key,
        HashAlgorithm.SHA256.digest(key.getEncoded()),
        HashAlgorithm.SHA256.digest(certificate),
        attributes);
  }
}
