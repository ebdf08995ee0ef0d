package dev.strongroom.auditlog;

import java.util.OptionalLong;

/** What {@link LogVerifier} found. */
public sealed interface LogReport {
  /**
   * Everything holds together.
   *
   * @param checkpoint the verified checkpoint: every entry below its size was read and hashed
   * @param journalEntries further entries in the journal of a log that was not closed; they lead to
   *     a signed checkpoint too
   * @param olderCheckpoints how many checkpoints from elsewhere were found consistent
   */
  record Sound(Checkpoint checkpoint, long journalEntries, int olderCheckpoints)
      implements LogReport {}

  /**
   * Something does not.
   *
   * @param firstBadIndex the first entry that cannot be believed; empty where the checkpoint itself
   *     cannot be
   * @param message what is wrong, for people
   */
  record Damaged(LogCode code, OptionalLong firstBadIndex, String message) implements LogReport {}
}
