package dev.strongroom.attestation.tpm.eventlog;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import java.util.Map;

/**
 * TCG_PCR_EVENT2.
 *
 * @param pcr that it extends
 * @param type one of {@link EventType}, or another
 * @param digests that it extends with; of the algorithms that are taken here
 * @param data which the digest is of, for some types; for others any description
 */
record Event(long pcr, long type, Map<HashAlgorithm, Bytes> digests, Bytes data) {

  Event {
    digests = Map.copyOf(digests);
  }

  /** Events of this type inform, and extend nothing. */
  boolean extendsPcr() {
    return type != EventType.NO_ACTION;
  }
}
