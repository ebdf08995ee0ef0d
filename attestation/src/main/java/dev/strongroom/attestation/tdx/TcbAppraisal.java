package dev.strongroom.attestation.tdx;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How Intel's collateral judges a platform. A part is empty where a tool left its collateral out.
 *
 * @param platform by the security versions of processor, microcode and PCE
 * @param module of the TDX module; also empty for its major version 0, which the platform's covers
 * @param quotingEnclave of the enclave that signed
 * @param tcbEvaluationDataNumber of the older of both documents
 * @param nextUpdate of the document that is due first
 */
public record TcbAppraisal(
    Optional<TcbVerdict> platform,
    Optional<TcbVerdict> module,
    Optional<TcbVerdict> quotingEnclave,
    Optional<Integer> tcbEvaluationDataNumber,
    Optional<Instant> nextUpdate) {

  /**
   * Of all parts together, the worst of each; empty when platform or quoting enclave is unknown.
   */
  public Optional<TcbStatus> status() {
    return platform.isPresent() && quotingEnclave.isPresent()
        ? Optional.of(worstKnown())
        : Optional.empty();
  }

  /** Of the parts that are known; {@link TcbStatus#UP_TO_DATE} when none is. */
  TcbStatus worstKnown() {
    return parts().map(TcbVerdict::status).reduce(TcbStatus.UP_TO_DATE, TcbStatus::and);
  }

  /** Of all parts that are known, each once. */
  public List<String> advisoryIds() {
    return parts().flatMap(part -> part.advisoryIds().stream()).distinct().sorted().toList();
  }

  private Stream<TcbVerdict> parts() {
    return Stream.of(platform, module, quotingEnclave).flatMap(Optional::stream);
  }
}
