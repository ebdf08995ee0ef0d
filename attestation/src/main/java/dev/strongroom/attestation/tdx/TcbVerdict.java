package dev.strongroom.attestation.tdx;

import java.time.Instant;
import java.util.List;

/**
 * What collateral says of one level.
 *
 * @param status how it is judged
 * @param date as of which
 * @param advisoryIds of what it is open to: {@code INTEL-SA-00837}
 */
public record TcbVerdict(TcbStatus status, Instant date, List<String> advisoryIds) {

  public TcbVerdict {
    advisoryIds = List.copyOf(advisoryIds);
  }
}
