package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.PinnedRoots;
import java.util.Optional;

/**
 * Verifies quotes of TPMs ({@link TpmEvidence}). Any machine, a person's own included, has a TPM or
 * an emulator of one, and makers have many roots: so no root is shipped, and nothing is believed
 * until the operator enrols keys or pins roots.
 */
public final class TpmVerifier implements AttestationVerifier {
  private final AttestationKeys enrolled;
  private final AkCertificates certificates;
  private final QuoteVerifier quotes;

  /**
   * A verifier.
   *
   * @param enrolled keys that are believed by name
   * @param akRoots of authorities that certify attestation keys; may be empty
   * @param required the PCRs that every quote must cover
   */
  public TpmVerifier(AttestationKeys enrolled, PinnedRoots akRoots, PcrSelection required) {
    this.enrolled = enrolled;
    this.certificates = new AkCertificates(akRoots);
    this.quotes = new QuoteVerifier(required);
  }

  @Override
  public EvidenceType type() {
    return EvidenceType.TPM;
  }

  @Override
  public TpmClaims verify(byte[] document, Verification against) {
    TpmEvidence evidence = TpmEvidence.parse(document);
    PublicArea key = PublicArea.parse(evidence.akPublic());
    key.requireAttestationKey();
    KeyTrust trust = trust(key, against);
    VerifiedQuote quote = quotes.verify(key.key(), key.scheme(), evidence.quote(), against);
    requireSigner(key, quote.quote().qualifiedSigner());
    return new TpmClaims(key.name(), trust, quote);
  }

  private KeyTrust trust(PublicArea key, Verification against) {
    Optional<KeyTrust> trust =
        enrolled.find(key.name()).map(found -> new KeyTrust.Enrolled(found.device()));
    return trust
        .or(() -> certificates.vouch(key.key(), against))
        .orElseThrow(() ->
            new AttestationException(
                AttestationCode.ATTESTATION_KEY_UNTRUSTED,
                "the attestation key "
                    + key.name()
                    + " is not enrolled, and no certificate of it is given: enrol it, or give"
                    + " its certificate and pin the root of that"));
  }

  // The Qualified Name is the digest of the key's ancestors and its Name, by its own nameAlg.
  private static void requireSigner(PublicArea key, Bytes qualifiedSigner) {
    byte[] name = qualifiedSigner.array();
    int id = key.nameAlgorithm().id();
    if (name.length != 2 + key.nameAlgorithm().size()
        || name[0] != (byte) (id >> 8)
        || name[1] != (byte) id) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the quote names a signer whose name is of another algorithm than the attestation key's");
    }
  }
}
