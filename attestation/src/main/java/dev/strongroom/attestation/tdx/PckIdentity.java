package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.Bytes;
import java.util.Optional;

/**
 * What Intel certifies of a platform: the SGX extension of the certificate of its provisioning
 * certification key (Intel SGX PCK Certificate and CRL Profile Specification, 1.3.5, OID
 * 1.2.840.113741.1.13.1).
 *
 * @param ppid which processor package it is, 16 bytes
 * @param componentSvns the 16 security versions of its parts, a byte each
 * @param pceSvn security version of the provisioning certification enclave
 * @param cpuSvn the processor's own form of the security versions, 16 bytes
 * @param pceId which provisioning certification enclave, 2 bytes
 * @param fmspc family, model, stepping, platform type and SKU, 6 bytes
 * @param sgxType 0 standard, 1 scalable, 2 scalable with integrity
 * @param platformInstanceId which platform of several packages, 16 bytes
 * @param configuration of platforms of several packages
 */
public record PckIdentity(
    Bytes ppid,
    Bytes componentSvns,
    int pceSvn,
    Bytes cpuSvn,
    Bytes pceId,
    Bytes fmspc,
    int sgxType,
    Optional<Bytes> platformInstanceId,
    Optional<Configuration> configuration) {

  /**
   * How a platform of several packages is set up; what its certificate does not say is empty.
   *
   * @param dynamicPlatform whether packages may be added
   * @param cachedKeys whether Intel keeps its root keys
   * @param smtEnabled whether simultaneous multithreading is on
   */
  public record Configuration(
      Optional<Boolean> dynamicPlatform,
      Optional<Boolean> cachedKeys,
      Optional<Boolean> smtEnabled) {}
}
