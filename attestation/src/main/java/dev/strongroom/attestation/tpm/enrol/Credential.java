package dev.strongroom.attestation.tpm.enrol;

import dev.strongroom.attestation.Bytes;
import java.nio.ByteBuffer;

/**
 * A secret that one TPM alone opens, and only while it holds one attestation key: the arguments of
 * TPM2_ActivateCredential.
 *
 * @param idObject TPM2B_ID_OBJECT
 * @param encryptedSecret TPM2B_ENCRYPTED_SECRET
 */
public record Credential(Bytes idObject, Bytes encryptedSecret) {
  private static final int TOOLS_MAGIC = 0xbadcc0de;
  private static final int TOOLS_VERSION = 1;

  /** The file that {@code tpm2_activatecredential --credential-blob} reads (tpm2-tools 4 and 5). */
  public Bytes toolsFile() {
    return Bytes.of(
        ByteBuffer.allocate(8 + idObject.size() + encryptedSecret.size())
            .putInt(TOOLS_MAGIC)
            .putInt(TOOLS_VERSION)
            .put(idObject.array())
            .put(encryptedSecret.array())
            .array());
  }
}
