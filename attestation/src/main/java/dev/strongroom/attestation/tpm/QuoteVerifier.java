package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.tpm.eventlog.BootClaims;
import dev.strongroom.attestation.tpm.eventlog.EventLog;
import java.security.PublicKey;
import org.jspecify.annotations.Nullable;

/** Verifies quotes of a key that is believed for some other reason. Thread-safe; no state. */
public final class QuoteVerifier {
  private final PcrSelection required;

  /**
   * A verifier.
   *
   * @param required the PCRs that every quote must cover; the bank counts: PCRs of a bank that the
   *     firmware does not measure into are the guest's to write
   */
  public QuoteVerifier(PcrSelection required) {
    this.required = required;
  }

  /**
   * Verifies: signature, binding, PCRs, event log.
   *
   * @throws AttestationException {@link AttestationCode#SIGNATURE_INVALID}, {@link
   *     AttestationCode#BINDING_MISMATCH}, {@link AttestationCode#PCR_MISSING}, {@link
   *     AttestationCode#PCR_MISMATCH}, {@link AttestationCode#EVENT_LOG_MISMATCH}, or one of form
   */
  public VerifiedQuote verify(PublicKey key, QuoteEvidence evidence, Verification against) {
    TpmSignature signature = TpmSignature.parse(evidence.signature());
    return verify(key, signature.scheme(), signature, evidence, against);
  }

  /** As the other, for a key with this scheme and no other. */
  VerifiedQuote verify(
      PublicKey key, SigningScheme scheme, QuoteEvidence evidence, Verification against) {
    return verify(key, scheme, TpmSignature.parse(evidence.signature()), evidence, against);
  }

  private VerifiedQuote verify(
      PublicKey key,
      SigningScheme scheme,
      TpmSignature signature,
      QuoteEvidence evidence,
      Verification against) {
    requireScheme(scheme, signature);
    signature.require(key, evidence.message().array());
    Quote quote = Quote.parse(evidence.message());
    requireBinding(quote, against);
    quote.selection().requireContains(required);
    evidence.pcrs().requireQuoted(quote.selection(), scheme.hash(), quote.pcrDigest());
    return new VerifiedQuote(quote, evidence.pcrs(), boot(evidence));
  }

  private static void requireScheme(SigningScheme wanted, TpmSignature signature) {
    if (!signature.scheme().equals(wanted)) {
      throw new AttestationException(
          AttestationCode.ALGORITHM_UNKNOWN,
          "the quote is signed with "
              + signature.scheme()
              + "; the attestation key signs with "
              + wanted);
    }
  }

  // The whole field: extraData is as long as what was given to TPM2_Quote, and has no padding.
  private static void requireBinding(Quote quote, Verification against) {
    Bytes wanted = against.binding();
    if (wanted != null && !wanted.equals(quote.extraData())) {
      throw new AttestationException(
          AttestationCode.BINDING_MISMATCH,
          "the extraData of the quote is not what this request binds");
    }
  }

  private static @Nullable BootClaims boot(QuoteEvidence evidence) {
    Bytes log = evidence.eventLog();
    return log == null ? null : EventLog.parse(log.array()).replay(evidence.pcrs());
  }
}
