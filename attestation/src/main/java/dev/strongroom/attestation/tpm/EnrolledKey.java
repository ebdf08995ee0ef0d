package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.Bytes;

/**
 * An attestation key that has shown, by activating a credential, that it lives in the TPM of an
 * endorsement key.
 *
 * @param name of the attestation key
 * @param device SHA-256 of the endorsement key (SubjectPublicKeyInfo): which TPM it is
 */
public record EnrolledKey(TpmName name, Bytes device) {

  /**
   * Validates.
   *
   * @throws IllegalArgumentException when the device is no SHA-256
   */
  public EnrolledKey {
    if (device.size() != 32) {
      throw new IllegalArgumentException("a device is named by 32 bytes, not " + device.size());
    }
  }
}
