package dev.strongroom.auditlog;

import java.util.List;

/** Follows the records of a journal from a tree on: each must continue it and lead to its root. */
final class JournalChain {
  private final String origin;
  private final TreeHasher hasher = new TreeHasher();
  private Frontier frontier;

  JournalChain(String origin, Frontier frontier) {
    this.origin = origin;
    this.frontier = frontier;
  }

  Frontier frontier() {
    return frontier;
  }

  long size() {
    return frontier.size();
  }

  /**
   * Takes the next record.
   *
   * @return the hashes of its leaves
   * @throws AuditLogException {@code journal-gap} or {@code journal-corrupt}, with the index
   */
  List<Hash> follow(JournalRecord record) {
    if (record.firstIndex() != size()) {
      throw new AuditLogException(
          LogCode.JOURNAL_GAP,
          Math.min(size(), record.firstIndex()),
          "the journal goes on at index "
              + record.firstIndex()
              + " where "
              + size()
              + " is next; restore the log");
    }
    List<Hash> hashes = record.leaves().stream().map(hasher::leaf).toList();
    BatchTree tree = new BatchTree(frontier, hashes, hasher);
    TreeHead head = TreeHead.parse(SignedNote.parse(record.note()).text());
    if (!head.equals(new TreeHead(origin, tree.size(), tree.root()))) {
      throw new AuditLogException(
          LogCode.JOURNAL_CORRUPT,
          record.firstIndex(),
          "the entries of the journal do not lead to the checkpoint beside them, or go on from"
              + " another tree; restore the log");
    }
    frontier = tree.frontier();
    return hashes;
  }
}
