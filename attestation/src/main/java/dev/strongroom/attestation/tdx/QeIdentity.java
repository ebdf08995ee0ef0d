package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which quoting enclave of TDX is Intel's (Provisioning Certification Service API version 4,
 * "Enclave Identity V2", id TD_QE).
 *
 * @param miscSelect 4 bytes, to be found where the mask is set
 * @param attributes 16 bytes, to be found where the mask is set
 * @param mrSigner 32 bytes
 * @param levels the highest first
 */
record QeIdentity(
    Instant issueDate,
    Instant nextUpdate,
    int tcbEvaluationDataNumber,
    Bytes miscSelect,
    Bytes miscSelectMask,
    Bytes attributes,
    Bytes attributesMask,
    Bytes mrSigner,
    int isvProdId,
    List<IsvLevel> levels)
    implements Collateral {
  private static final String WHAT = "identity of the quoting enclave";
  private static final Set<String> ENCLAVES_OF_SGX = Set.of("QE", "QVE");
  private static final int MAX_PRODUCT = 0xffff;

  QeIdentity {
    levels = List.copyOf(levels);
  }

  /**
   * Reads the signed bytes.
   *
   * @return empty when it is of an enclave of SGX
   * @throws AttestationException {@link AttestationCode#ENDORSEMENT_MALFORMED}
   */
  static Optional<QeIdentity> read(Bytes signed) {
    CollateralFields identity = CollateralFields.of(signed, WHAT);
    if (ENCLAVES_OF_SGX.contains(identity.text("id"))) {
      return Optional.empty();
    }
    identity.require("id", "TD_QE");
    identity.require("version", 2);
    return Optional.of(
        new QeIdentity(
            identity.instant("issueDate"),
            identity.instant("nextUpdate"),
            identity.integer("tcbEvaluationDataNumber", Integer.MAX_VALUE),
            identity.hex("miscselect", 4),
            identity.hex("miscselectMask", 4),
            identity.hex("attributes", 16),
            identity.hex("attributesMask", 16),
            identity.hex("mrsigner", 32),
            identity.integer("isvprodid", MAX_PRODUCT),
            IsvLevel.list(identity)));
  }

  @Override
  public String what() {
    return WHAT;
  }
}
