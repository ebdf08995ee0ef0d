package dev.strongroom.attestation.tpm.enrol;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PublicArea;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;

/**
 * Enrols attestation keys. A TPM shows that a key lives in it by opening a credential that is made
 * for its endorsement key and the name of that key.
 */
public final class Enrolment {
  private static final int SECRET_BYTES = 32;

  private final EkCertificates certificates;
  private final CredentialMaker credentials;
  private final SecureRandom random;

  public Enrolment(EkCertificates certificates, SecureRandom random) {
    this.certificates = certificates;
    this.credentials = new CredentialMaker(random);
    this.random = random;
  }

  /**
   * Begins.
   *
   * @param ekCertificate as {@link EkCertificates#verify} reads it
   * @param akPublic TPM2B_PUBLIC of the key to enrol
   * @param endorsements of the certificate
   * @return what to send, and what to keep until the answer comes
   * @throws AttestationException as {@link EkCertificates#verify}, {@link PublicArea#parse} and
   *     {@link PublicArea#requireAttestationKey}
   */
  public Challenge challenge(
      byte[] ekCertificate, Bytes akPublic, Endorsements endorsements, Instant at) {
    EndorsementKey endorsementKey = certificates.verify(ekCertificate, endorsements, at);
    PublicArea key = PublicArea.parse(akPublic);
    key.requireAttestationKey();
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    try {
      return new Challenge(
          endorsementKey,
          new EnrolledKey(key.name(), endorsementKey.device()),
          credentials.make(endorsementKey.key(), key.name(), secret),
          HashAlgorithm.SHA256.digest(secret));
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /**
   * A question that one TPM alone can answer. The secret itself is not kept.
   *
   * @param endorsementKey of that TPM
   * @param key which is enrolled by the right answer
   * @param credential to send
   * @param answerDigest SHA-256 of the right answer
   */
  public record Challenge(
      EndorsementKey endorsementKey, EnrolledKey key, Credential credential, Bytes answerDigest) {

    /**
     * Judges the answer. The caller sees to it that a challenge is answered once, and soon.
     *
     * @param answer what TPM2_ActivateCredential gave
     * @return the key to remember
     * @throws AttestationException {@link AttestationCode#ATTESTATION_KEY_UNTRUSTED}
     */
    public EnrolledKey enrol(byte[] answer) {
      if (!HashAlgorithm.SHA256.digest(answer).equals(answerDigest)) {
        throw new AttestationException(
            AttestationCode.ATTESTATION_KEY_UNTRUSTED,
            "the credential was not opened: the attestation key "
                + key.name()
                + " has not shown that it lives in this TPM");
      }
      return key;
    }
  }
}
