package dev.strongroom.auditlog;

import java.time.Instant;
import java.util.Optional;

/**
 * A checkpoint whose signatures were verified, or that this process signed itself. There is no way
 * to make one from bytes without verifying them.
 */
public final class Checkpoint {
  private final TreeHead head;
  private final String note;
  private final Optional<Instant> time;

  Checkpoint(TreeHead head, String note, Optional<Instant> time) {
    this.head = head;
    this.note = note;
    this.time = time;
  }

  /**
   * Verifies a signed note.
   *
   * @param note the whole note, at most 65,536 characters
   * @param at when the signatures were made, for the validity of keys whose signatures carry no
   *     time of their own: now for a fresh checkpoint, the time it speaks of for an old one
   * @throws AuditLogException {@code note-malformed}, {@code checkpoint-malformed}, {@code
   *     origin-mismatch}, {@code signature-invalid} (a trusted key's signature does not fit),
   *     {@code signature-missing} (a required one is not there), {@code key-not-valid} (a required
   *     one is by a key outside its period)
   */
  public static Checkpoint verify(String note, LogTrust trust, Instant at) {
    return CheckpointVerifier.verify(SignedNote.parse(note), note, trust, at);
  }

  /** As {@link #verify(String, LogTrust, Instant)}, for bytes as they stand in a file. */
  public static Checkpoint verify(byte[] note, LogTrust trust, Instant at) {
    SignedNote parsed = SignedNote.parse(note);
    return CheckpointVerifier.verify(parsed, parsed.format(), trust, at);
  }

  public String origin() {
    return head.origin();
  }

  /** The number of entries in the log. */
  public long size() {
    return head.size();
  }

  /** The root hash of the tree over them. */
  public Hash root() {
    return head.root();
  }

  /** The whole signed note, as it is stored and sent. */
  public String note() {
    return note;
  }

  /** When the log signed, by its own clock: from the ML-DSA-44 cosignature, in whole seconds. */
  public Optional<Instant> time() {
    return time;
  }

  TreeHead head() {
    return head;
  }

  @Override
  public String toString() {
    return origin() + " size " + size() + " root " + root();
  }
}
