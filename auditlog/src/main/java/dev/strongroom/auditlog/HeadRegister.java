package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * The one place that says which tree head comes next. Each opening of the log takes a new fencing
 * term, which stands in a file; whoever finds another term there has lost the log, even if the lock
 * was taken from under it, and must not sign.
 */
final class HeadRegister {
  private static final int MAX_TERM_BYTES = 32;

  private final LogFiles files;
  private final long term;
  private TreeHead head;

  private HeadRegister(LogFiles files, long term, TreeHead head) {
    this.files = files;
    this.term = term;
    this.head = head;
  }

  /** Takes the next term; call with the lock held, before the state is read. */
  static long takeTerm(LogFiles files) throws IOException {
    long term = readTerm(files).orElse(0) + 1;
    files.writeSynced(LogFiles.TERM, term + "\n");
    return term;
  }

  static HeadRegister at(LogFiles files, long term, TreeHead head) {
    return new HeadRegister(files, term, head);
  }

  private static OptionalLong readTerm(LogFiles files) throws IOException {
    byte[] content = files.read(LogFiles.TERM, MAX_TERM_BYTES).orElse(new byte[0]);
    return Encodings.decimal(new String(content, StandardCharsets.US_ASCII).strip());
  }

  long term() {
    return term;
  }

  /**
   * Moves from one head to the next, before the next is signed.
   *
   * @throws AuditLogException {@code log-fenced} if this process no longer holds the log or the
   *     head is not the expected one
   */
  synchronized void compareAndSwap(TreeHead expected, long expectedTerm, TreeHead next)
      throws IOException {
    OptionalLong onDisk = readTerm(files);
    if (onDisk.isEmpty() || onDisk.getAsLong() != term || expectedTerm != term) {
      throw new AuditLogException(
          LogCode.LOG_FENCED,
          "another process has opened this log (its term is not "
              + term
              + " any more); this one stops and signs nothing");
    }
    if (!head.equals(expected) || next.size() <= head.size()) {
      throw new AuditLogException(
          LogCode.LOG_FENCED, "the tree head is not the expected one; nothing is signed");
    }
    head = next;
  }
}
