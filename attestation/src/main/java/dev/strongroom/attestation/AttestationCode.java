package dev.strongroom.attestation;

/** Why evidence is refused. A code never changes its meaning. */
public enum AttestationCode {
  /** Evidence that ends before what it announces. */
  EVIDENCE_TRUNCATED("evidence-truncated"),
  /** Bytes after the end of the evidence. */
  EVIDENCE_TRAILING_BYTES("evidence-trailing-bytes"),
  /** More bytes than evidence of this type has. */
  EVIDENCE_OVERSIZED("evidence-oversized"),
  /** Evidence that is not of the form that its type has. */
  EVIDENCE_MALFORMED("evidence-malformed"),
  /** A version of the format that is not known here. */
  VERSION_UNKNOWN("version-unknown"),
  /** An algorithm that is not known here, or too weak. */
  ALGORITHM_UNKNOWN("algorithm-unknown"),
  /** A signature that does not verify. */
  SIGNATURE_INVALID("signature-invalid"),
  /** An endorsement (certificate, revocation list, collateral) that is needed and was not given. */
  ENDORSEMENT_MISSING("endorsement-missing"),
  /** An endorsement that cannot be read. */
  ENDORSEMENT_MALFORMED("endorsement-malformed"),
  /** A certificate that leads to no pinned root. */
  ROOT_UNKNOWN("root-unknown"),
  /** A certificate chain that does not hold together. */
  CHAIN_INVALID("chain-invalid"),
  /** A certificate that was not yet, or is no longer, valid at the time asked for. */
  CERTIFICATE_EXPIRED("certificate-expired"),
  /** A certificate that its issuer has revoked. */
  CERTIFICATE_REVOKED("certificate-revoked"),
  /** A certificate of another chip, processor or product than the evidence says. */
  CERTIFICATE_MISMATCH("certificate-mismatch"),
  /** A revocation list or other collateral that is older than allowed. */
  COLLATERAL_STALE("collateral-stale"),
  /** Collateral whose own signature does not verify, or that is of another platform. */
  COLLATERAL_INVALID("collateral-invalid"),
  /** Evidence that was made at another time than the bound allows. */
  EVIDENCE_STALE("evidence-stale"),
  /** Evidence that binds something else than what was expected. */
  BINDING_MISMATCH("binding-mismatch"),
  /** A guest, domain, enclave or device that can be debugged. */
  DEBUG_ENABLED("debug-enabled"),
  /** Security versions that differ between evidence and certificate, or within the evidence. */
  TCB_MISMATCH("tcb-mismatch"),
  /** A security version that its vendor has revoked or that is not listed. */
  TCB_REVOKED("tcb-revoked"),
  /** A security status, as its vendor judges it, that is not among those accepted here. */
  TCB_STATUS_REFUSED("tcb-status-refused"),
  /** A report asked for from outside of the most privileged level of the guest. */
  VMPL_FORBIDDEN("vmpl-forbidden"),
  /** A quoting enclave that is not the one that its vendor names. */
  QUOTING_ENCLAVE_UNKNOWN("quoting-enclave-unknown"),
  /** An attestation key that nothing vouches for. */
  ATTESTATION_KEY_UNTRUSTED("attestation-key-untrusted"),
  /** A key that could also sign what its TPM did not make, or that could leave its TPM. */
  ATTESTATION_KEY_UNFIT("attestation-key-unfit"),
  /** A quote that leaves out a PCR that is required. */
  PCR_MISSING("pcr-missing"),
  /** PCR values that do not give the digest that was quoted. */
  PCR_MISMATCH("pcr-mismatch"),
  /** An event log that does not give the quoted PCRs. */
  EVENT_LOG_MISMATCH("event-log-mismatch"),
  /** A measurement that differs from its vendor's reference. */
  MEASUREMENT_MISMATCH("measurement-mismatch");

  private final String wireName;

  AttestationCode(String wireName) {
    this.wireName = wireName;
  }

  /** As answers and logs name it. */
  public String wireName() {
    return wireName;
  }
}
