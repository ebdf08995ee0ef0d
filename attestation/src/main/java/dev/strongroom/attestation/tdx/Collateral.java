package dev.strongroom.attestation.tdx;

import java.time.Instant;

/** What each signed object of Intel's has. */
sealed interface Collateral permits TcbInfo, QeIdentity {
  Instant issueDate();

  Instant nextUpdate();

  /** The round of evaluation, one number for all platforms: higher is later. */
  int tcbEvaluationDataNumber();

  /** For messages. */
  String what();
}
