package dev.strongroom.auditlog;

import java.util.Locale;

/** The stable codes of what the log refuses or finds wrong. A code is never renamed or reused. */
public enum LogCode {
  // Parsers.
  NOTE_MALFORMED,
  CHECKPOINT_MALFORMED,
  VERIFIER_KEY_MALFORMED,
  TILE_PATH_MALFORMED,
  TILE_MALFORMED,
  BUNDLE_MALFORMED,
  RECEIPT_MALFORMED,

  // Signatures and proofs.
  ORIGIN_MISMATCH,
  SIGNATURE_INVALID,
  SIGNATURE_MISSING,
  KEY_NOT_VALID,
  LEAF_MISMATCH,
  INCLUSION_INVALID,
  CONSISTENCY_INVALID,
  INDEX_OUT_OF_RANGE,

  // Key files.
  KEY_FILE_INSECURE,
  KEY_FILE_MISSING,
  KEY_FILE_EXISTS,
  KEY_FILE_MALFORMED,
  KEY_UNSUITABLE,

  // What stands on disk.
  LOG_LOCKED,
  LOG_MISSING,
  LOG_IO_FAILED,
  LOG_FENCED,
  JOURNAL_UNLINKED,
  JOURNAL_CORRUPT,
  JOURNAL_GAP,
  CHECKPOINT_MISSING,
  TILE_MISSING,
  BUNDLE_MISSING,
  TILE_MISMATCH,
  ENTRY_MISMATCH,
  ROOT_MISMATCH,
  LOG_ROLLED_BACK,
  LOG_FORKED,

  // Submissions.
  ENTRY_TOO_LARGE;

  /** The code as it is written in reports, such as {@code tile-missing}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
