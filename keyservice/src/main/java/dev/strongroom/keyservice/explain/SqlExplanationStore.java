package dev.strongroom.keyservice.explain;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.policy.Explanation;
import dev.strongroom.keyservice.store.Transactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps explanations in the table {@code explanation}. Writes happen on a thread of its own, many
 * in one transaction, so that a refusal waits for no disk; what waits to be written is found
 * already. When the queue is full an explanation is dropped and counted. Thread-safe.
 */
public final class SqlExplanationStore implements ExplanationStore, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SqlExplanationStore.class);
  private static final int BATCH = 128;
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);

  private final Jdbi jdbi;
  private final InstantSource clock;
  private final int keep;
  private final Duration keepFor;
  private final BlockingQueue<Kept> queue;
  private final Map<ExplanationId, Kept> waiting = new ConcurrentHashMap<>();
  private final AtomicLong dropped = new AtomicLong();
  private final Thread writer;
  private volatile boolean closing;

  /**
   * @param jdbi a database that has migration V3
   * @param keep explanations at most
   * @param keepFor the oldest
   * @param queueLimit explanations that wait to be written at most
   */
  public SqlExplanationStore(
      Jdbi jdbi, InstantSource clock, int keep, Duration keepFor, int queueLimit) {
    this.jdbi = jdbi;
    this.clock = clock;
    this.keep = keep;
    this.keepFor = keepFor;
    this.queue = new ArrayBlockingQueue<>(queueLimit);
    this.writer = Thread.ofPlatform().name("explanations").daemon().start(this::writeUntilClosed);
  }

  @Override
  public void put(Kept kept) {
    waiting.put(kept.id(), kept);
    if (closing || !queue.offer(kept)) {
      waiting.remove(kept.id());
      dropped.incrementAndGet();
    }
  }

  /** How many were lost: to a full queue, to a database that failed, or to a shutdown. */
  public long dropped() {
    return dropped.get();
  }

  @Override
  public Optional<Kept> find(ExplanationId id) {
    Kept unwritten = waiting.get(id);
    if (unwritten != null) {
      return Optional.of(unwritten);
    }
    long oldest = clock.instant().minus(keepFor).toEpochMilli();
    return jdbi.withHandle(handle ->
        handle
            .createQuery(
                "SELECT id, at, action, subject, target, code, explanation FROM explanation"
                    + " WHERE id = :id AND at >= :oldest")
            .bind("id", id.value())
            .bind("oldest", oldest)
            .map((row, context) -> kept(row))
            .findOne());
  }

  /** Writes what waits, within 5 seconds, and ends. */
  @Override
  public void close() {
    closing = true;
    writer.interrupt();
    try {
      if (!writer.join(CLOSE_WITHIN)) {
        LOG.warn("{} explanations could not be written before the end", waiting.size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeUntilClosed() {
    List<Kept> batch = new ArrayList<>(BATCH);
    while (!closing || !queue.isEmpty()) {
      try {
        batch.add(queue.take());
      } catch (InterruptedException e) {
        continue; // Closing: the rest is written without waiting.
      }
      queue.drainTo(batch, BATCH - 1);
      write(batch);
      batch.clear();
    }
  }

  private void write(List<Kept> batch) {
    try {
      Transactions.runPatiently(
          jdbi,
          handle -> {
            insertAndTrim(handle, batch);
            return batch;
          });
    } catch (RuntimeException e) {
      // Whatever it is, the thread goes on: an explanation is never worth a decision.
      dropped.addAndGet(batch.size());
      LOG.warn(
          "{} explanations could not be written: {}",
          batch.size(),
          e.getCause() == null ? e : e.getCause().toString());
    }
    batch.forEach(kept -> waiting.remove(kept.id()));
  }

  private void insertAndTrim(Handle handle, List<Kept> batch) {
    try (PreparedBatch insert =
        handle.prepareBatch(
            "INSERT INTO explanation (id, at, action, subject, target, code, explanation)"
                + " VALUES (:id, :at, :action, :subject, :target, :code, :explanation)")) {
      for (Kept kept : batch) {
        insert
            .bind("id", kept.id().value())
            .bind("at", kept.at().toEpochMilli())
            .bind("action", kept.action())
            .bind("subject", kept.subject())
            .bind("target", kept.target())
            .bind("code", kept.code().wireName())
            .bind("explanation", json(kept.explanation()))
            .add();
      }
      insert.execute();
    }
    handle.execute(
        "DELETE FROM explanation WHERE at < ?", clock.instant().minus(keepFor).toEpochMilli());
    handle.execute(
        "DELETE FROM explanation WHERE seq <= (SELECT MAX(seq) FROM explanation) - ?", keep);
  }

  private static Kept kept(ResultSet row) throws SQLException {
    try {
      return new Kept(
          new ExplanationId(row.getString("id")),
          Instant.ofEpochMilli(row.getLong("at")),
          row.getString("action"),
          row.getString("subject"),
          row.getString("target"),
          ProblemCode.ofWireName(row.getString("code")),
          StrictJson.mapper().readValue(row.getString("explanation"), Explanation.class));
    } catch (JsonProcessingException e) {
      throw new SQLException("a stored explanation is not readable", e);
    }
  }

  private static String json(Explanation explanation) {
    try {
      return StrictJson.mapper().writeValueAsString(explanation);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an explanation holds texts only", e);
    }
  }
}
