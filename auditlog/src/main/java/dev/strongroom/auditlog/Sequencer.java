package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;

/**
 * The one thread that admits, hashes, signs and writes. A round takes whatever has gathered, and
 * costs one fdatasync and one checkpoint however many entries that is.
 */
final class Sequencer {
  private final SubmissionQueue queue;
  private final AuditLogConfig config;
  private final HeadRegister register;
  private final CheckpointIssuer issuer;
  private final Publisher publisher;
  private final ExecutorService receipts;
  private final Path journalFolder;
  private final TreeHasher hasher = new TreeHasher();

  private JournalFile journal;
  private Frontier frontier;
  private TreeHead head;
  private volatile Checkpoint checkpoint;
  private volatile List<Submission> inFlight = List.of();

  Sequencer(
      AuditLogConfig config,
      SubmissionQueue queue,
      HeadRegister register,
      CheckpointIssuer issuer,
      Publisher publisher,
      ExecutorService receipts,
      JournalFile journal,
      Path journalFolder,
      LogRecovery.Recovered start) {
    this.config = config;
    this.queue = queue;
    this.register = register;
    this.issuer = issuer;
    this.publisher = publisher;
    this.receipts = receipts;
    this.journal = journal;
    this.journalFolder = journalFolder;
    this.frontier = start.tiles().frontier();
    this.checkpoint = start.checkpoint();
    this.head = start.checkpoint().head();
  }

  /** The leaves of a round and those who wait for them. */
  private static final class Round {
    private final List<Submission> submissions = new ArrayList<>();
    private final List<byte[]> leaves = new ArrayList<>();
    private final List<Hash> hashes = new ArrayList<>();
    private long bytes;

    /** Whether some were left for the next round, which need not wait then. */
    private boolean full;
  }

  /** The last durable checkpoint. */
  Checkpoint checkpoint() {
    return checkpoint;
  }

  List<Submission> inFlight() {
    return inFlight;
  }

  /** Works until the queue is closed and empty, or something fails. */
  void run() throws IOException, GeneralSecurityException {
    try {
      List<Submission> taken = queue.take(config.maxBatchEntries(), Duration.ZERO);
      while (!taken.isEmpty()) {
        inFlight = taken;
        Round round = admit(taken);
        if (!round.leaves.isEmpty()) {
          commit(round);
        }
        inFlight = List.of();
        taken = queue.take(config.maxBatchEntries(), delayAfter(round));
      }
    } finally {
      journal.close();
    }
  }

  // Who comes alone does not wait for others; where several came, more are on their way, and a
  // round costs two signatures and an fdatasync whatever it holds.
  private Duration delayAfter(Round round) {
    return round.leaves.size() > 1 && !round.full ? config.commitDelay() : Duration.ZERO;
  }

  private Round admit(List<Submission> taken) {
    Round round = new Round();
    for (int i = 0; i < taken.size(); i++) {
      if (round.bytes >= config.maxBatchBytes()) {
        queue.putBack(taken.subList(i, taken.size()));
        round.full = true;
        break;
      }
      if (!taken.get(i).receipt().isDone()) {
        admitOne(taken.get(i), round);
      }
    }
    return round;
  }

  private void admitOne(Submission submission, Round round) {
    byte[] leaf;
    try {
      leaf = submission.entry().admit(head.size() + round.leaves.size());
      if (leaf.length > Entry.MAX_LEAF_BYTES) {
        throw new EntryRefusedException(
            LogCode.ENTRY_TOO_LARGE.wireName(),
            "a leaf has at most " + Entry.MAX_LEAF_BYTES + " bytes, not " + leaf.length);
      }
    } catch (EntryRefusedException | RuntimeException refused) {
      receipts.execute(() -> submission.fail(refused));
      return;
    }
    round.submissions.add(submission);
    round.leaves.add(leaf);
    round.hashes.add(hasher.leaf(leaf));
    round.bytes += leaf.length;
  }

  private void commit(Round round) throws IOException, GeneralSecurityException {
    BatchTree tree = new BatchTree(frontier, round.hashes, hasher);
    TreeHead next = new TreeHead(head.origin(), tree.size(), tree.root());
    journal.requireLinked();
    register.compareAndSwap(head, register.term(), next);
    Checkpoint signed = issuer.issue(next);
    journal.append(new JournalRecord(tree.start(), register.term(), round.leaves, signed.note()));
    journal.requireLinked();
    frontier = tree.frontier();
    head = next;
    checkpoint = signed;
    publisher.offer(new DurableBatch(round.leaves, round.hashes, signed));
    receipts.execute(() -> confirm(round, tree, signed));
    rollWhenLong();
  }

  private static void confirm(Round round, BatchTree tree, Checkpoint signed) {
    for (int i = 0; i < round.leaves.size(); i++) {
      long index = tree.start() + i;
      round
          .submissions
          .get(i)
          .receipt()
          .complete(
              new Receipt(index, round.leaves.get(i), tree.inclusionProof(index), signed.note()));
    }
  }

  private void rollWhenLong() throws IOException {
    if (journal.length() >= config.journalRollBytes()) {
      journal.close();
      journal = JournalFile.create(journalFolder, head.size());
      publisher.wantSync();
    }
  }
}
