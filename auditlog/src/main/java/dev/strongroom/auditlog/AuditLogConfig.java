package dev.strongroom.auditlog;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a log is kept.
 *
 * @param directory where it lives; one process at a time
 * @param mayCreate whether an empty or absent directory becomes a new log; otherwise it is refused
 * @param queueCapacity how many submissions may wait, 1 to 1,000,000
 * @param maxBatchEntries how many entries share one fdatasync and one checkpoint, 1 to 65,536
 * @param maxBatchBytes after how many bytes of leaves a batch is closed, 1 to 32 MiB
 * @param commitDelay how long a round that follows one of several entries lets more gather, 0 to
 *     100 milliseconds
 * @param maxWait how long a caller waits for a receipt before {@code TIMEOUT}
 * @param publishInterval the least time between two publications of tiles and checkpoint
 * @param journalRollBytes when the journal begins a new segment and old ones are removed
 * @param earlierKeys keys of earlier generations that signed what the directory holds
 * @param retainedCheckpoint a checkpoint kept outside the directory: a log that is smaller, or
 *     inconsistent with it, is refused
 */
public record AuditLogConfig(
    Path directory,
    boolean mayCreate,
    int queueCapacity,
    int maxBatchEntries,
    int maxBatchBytes,
    Duration commitDelay,
    Duration maxWait,
    Duration publishInterval,
    long journalRollBytes,
    List<VerifierKey> earlierKeys,
    Optional<String> retainedCheckpoint) {

  private static final int MAX_BATCH_BYTES = 32 << 20;

  public AuditLogConfig {
    earlierKeys = List.copyOf(earlierKeys);
    requireRange("queueCapacity", queueCapacity, 1, 1_000_000);
    requireRange("maxBatchEntries", maxBatchEntries, 1, 65_536);
    requireRange("maxBatchBytes", maxBatchBytes, 1, MAX_BATCH_BYTES);
    requireRange("journalRollBytes", journalRollBytes, 1, Long.MAX_VALUE);
    requireRange("commitDelay in milliseconds", commitDelay.toMillis(), 0, 100);
    requireRange("maxWait in milliseconds", maxWait.toMillis(), 1, 3_600_000);
    requireRange("publishInterval in milliseconds", publishInterval.toMillis(), 0, 60_000);
  }

  private static void requireRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be from " + least + " to " + most);
    }
  }

  /** The tested defaults. */
  public static AuditLogConfig of(Path directory) {
    return new AuditLogConfig(
        directory,
        true,
        8192,
        1024,
        4 << 20,
        Duration.ofMillis(1),
        Duration.ofSeconds(10),
        Duration.ofMillis(100),
        64L << 20,
        List.of(),
        Optional.empty());
  }

  public AuditLogConfig withMayCreate(boolean value) {
    return new AuditLogConfig(
        directory,
        value,
        queueCapacity,
        maxBatchEntries,
        maxBatchBytes,
        commitDelay,
        maxWait,
        publishInterval,
        journalRollBytes,
        earlierKeys,
        retainedCheckpoint);
  }

  public AuditLogConfig withQueueCapacity(int value) {
    return new AuditLogConfig(
        directory,
        mayCreate,
        value,
        maxBatchEntries,
        maxBatchBytes,
        commitDelay,
        maxWait,
        publishInterval,
        journalRollBytes,
        earlierKeys,
        retainedCheckpoint);
  }

  public AuditLogConfig withBatch(int entries, int bytes) {
    return new AuditLogConfig(
        directory,
        mayCreate,
        queueCapacity,
        entries,
        bytes,
        commitDelay,
        maxWait,
        publishInterval,
        journalRollBytes,
        earlierKeys,
        retainedCheckpoint);
  }

  public AuditLogConfig withCommitDelay(Duration value) {
    return new AuditLogConfig(
        directory,
        mayCreate,
        queueCapacity,
        maxBatchEntries,
        maxBatchBytes,
        value,
        maxWait,
        publishInterval,
        journalRollBytes,
        earlierKeys,
        retainedCheckpoint);
  }

  public AuditLogConfig withMaxWait(Duration value) {
    return new AuditLogConfig(
        directory,
        mayCreate,
        queueCapacity,
        maxBatchEntries,
        maxBatchBytes,
        commitDelay,
        value,
        publishInterval,
        journalRollBytes,
        earlierKeys,
        retainedCheckpoint);
  }

  public AuditLogConfig withPublishInterval(Duration value) {
    return new AuditLogConfig(
        directory,
        mayCreate,
        queueCapacity,
        maxBatchEntries,
        maxBatchBytes,
        commitDelay,
        maxWait,
        value,
        journalRollBytes,
        earlierKeys,
        retainedCheckpoint);
  }

  public AuditLogConfig withJournalRollBytes(long value) {
    return new AuditLogConfig(
        directory,
        mayCreate,
        queueCapacity,
        maxBatchEntries,
        maxBatchBytes,
        commitDelay,
        maxWait,
        publishInterval,
        value,
        earlierKeys,
        retainedCheckpoint);
  }

  public AuditLogConfig withEarlierKeys(List<VerifierKey> value) {
    return new AuditLogConfig(
        directory,
        mayCreate,
        queueCapacity,
        maxBatchEntries,
        maxBatchBytes,
        commitDelay,
        maxWait,
        publishInterval,
        journalRollBytes,
        value,
        retainedCheckpoint);
  }

  public AuditLogConfig withRetainedCheckpoint(String note) {
    return new AuditLogConfig(
        directory,
        mayCreate,
        queueCapacity,
        maxBatchEntries,
        maxBatchBytes,
        commitDelay,
        maxWait,
        publishInterval,
        journalRollBytes,
        earlierKeys,
        Optional.of(note));
  }
}
