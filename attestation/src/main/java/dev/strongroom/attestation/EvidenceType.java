package dev.strongroom.attestation;

import java.util.Arrays;
import java.util.Optional;

/** What kind of hardware speaks. */
public enum EvidenceType {
  /** A report of AMD SEV-SNP. */
  SNP("sev-snp"),
  /** A quote of Intel TDX. */
  TDX("tdx"),
  /** A quote of a TPM 2.0. */
  TPM("tpm"),
  /**
   * A report of AMD SEV-SNP joined with a quote of the virtual TPM that it vouches for, on Azure.
   */
  AZURE_SNP_VTPM("azure-snp-vtpm"),
  /** An attestation document of AWS Nitro Enclaves. */
  NITRO("nitro"),
  /** A measurement report of an NVIDIA GPU. */
  NVIDIA("nvidia-gpu");

  private final String wireName;

  EvidenceType(String wireName) {
    this.wireName = wireName;
  }

  /** As protocols and policies name it. */
  public String wireName() {
    return wireName;
  }

  /** The type of this wire name. */
  public static Optional<EvidenceType> of(String wireName) {
    return Arrays.stream(values()).filter(type -> type.wireName.equals(wireName)).findFirst();
  }
}
