package dev.strongroom.keyservice.decisions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.keyservice.config.KeyServiceConfig.DecisionsConfig;
import dev.strongroom.keyservice.grant.RefusalBudget;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.record.DecisionObserver;
import dev.strongroom.keyservice.policy.record.PolicyQuestion;
import dev.strongroom.keyservice.policy.record.Verdict;
import dev.strongroom.keyservice.store.Transactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the policy was asked for grants, and for whatever it refused, in the table {@code
 * decisions}. JSON and rows are written on a thread of its own, many in one transaction, so that no
 * decision waits for it. When the queue is full a record is dropped and counted. Renewals that were
 * allowed are not kept: they would push the grants out. Refusals of one subject are kept at the
 * rate at which the log takes them, and have half of the room: who is denied cannot push the grants
 * out. Thread-safe.
 */
public final class DecisionStore implements DecisionObserver, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DecisionStore.class);
  private static final int BATCH = 256;

  /** The longest question, in characters of its JSON: a row must not cost what many do. */
  private static final int MAX_REQUEST = 32_768;

  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);

  private final Jdbi jdbi;
  private final InstantSource clock;
  private final DecisionsConfig limits;
  private final RefusalBudget budget;
  private final BlockingQueue<Asked> queue;
  private final AtomicLong dropped = new AtomicLong();
  private final Thread writer;
  private volatile boolean closing;

  private record Asked(AccessRequest request, Decision decision) {}

  /**
   * One record.
   *
   * @param seq grows with each; gaps mean nothing
   * @param at milliseconds since the epoch
   * @param outcome {@code allowed}, or the code of the refusal
   * @param policyDigest of the policy that decided
   * @param request a {@link PolicyQuestion}
   */
  public record Kept(long seq, long at, String outcome, String policyDigest, JsonNode request) {}

  /**
   * @param jdbi a database that has migration V11
   * @param budget of refusals of one subject; those beyond are not kept
   */
  public DecisionStore(
      Jdbi jdbi, InstantSource clock, DecisionsConfig limits, RefusalBudget budget) {
    this.jdbi = jdbi;
    this.clock = clock;
    this.limits = limits;
    this.budget = budget;
    this.queue = new ArrayBlockingQueue<>(limits.queue());
    this.writer = Thread.ofPlatform().name("decisions").daemon().start(this::writeUntilClosed);
  }

  @Override
  public void decided(AccessRequest request, Decision decision) {
    if (limits.keep() == 0 || !isKept(request, decision)) {
      return;
    }
    if (closing || !queue.offer(new Asked(request, decision))) {
      dropped.incrementAndGet();
    }
  }

  private boolean isKept(AccessRequest request, Decision decision) {
    AccessRequest.Workload workload = request.workload();
    return switch (decision) {
      // For a renewal the evidence is that of the grant before it.
      case Decision.Allowed _ ->
          request.action() == Action.DECRYPT
              && workload != null
              && workload.evidenceAt().equals(request.now());
      case Decision.Refused _ -> budget.take(request.identity());
    };
  }

  /**
   * How many were lost: to a full queue, to their size, to a database that failed, or to a
   * shutdown.
   */
  public long dropped() {
    return dropped.get();
  }

  /**
   * The oldest records that are kept, in their order.
   *
   * @param after records up to this one are left out
   * @param since milliseconds since the epoch
   * @param model null for all
   * @param limit at most so many
   */
  public List<Kept> list(long after, long since, @Nullable ModelName model, int limit) {
    long oldest = Math.max(since, clock.instant().minus(limits.keepFor()).toEpochMilli());
    return jdbi.withHandle(handle ->
        handle
            .createQuery(
                "SELECT seq, at, outcome, policy_digest, request FROM decisions"
                    + " WHERE seq > :after AND at >= :oldest"
                    + " AND (:model IS NULL OR model = :model) ORDER BY seq LIMIT :limit")
            .bind("after", after)
            .bind("oldest", oldest)
            .bind("model", model == null ? null : model.value())
            .bind("limit", limit)
            .map((row, context) -> kept(row))
            .list());
  }

  private static Kept kept(ResultSet row) throws SQLException {
    try {
      return new Kept(
          row.getLong("seq"),
          row.getLong("at"),
          row.getString("outcome"),
          row.getString("policy_digest"),
          StrictJson.mapper().readTree(row.getString("request")));
    } catch (JsonProcessingException e) {
      throw new SQLException("a stored decision is not readable", e);
    }
  }

  /** Writes what waits, within 5 seconds, and ends. */
  @Override
  public void close() {
    closing = true;
    writer.interrupt();
    try {
      if (!writer.join(CLOSE_WITHIN)) {
        LOG.warn("{} decisions could not be kept before the end", queue.size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeUntilClosed() {
    List<Asked> batch = new ArrayList<>(BATCH);
    while (!closing || !queue.isEmpty()) {
      try {
        batch.add(queue.take());
      } catch (InterruptedException e) {
        continue; // Closing: the rest is written without waiting.
      }
      int _ = queue.drainTo(batch, BATCH - 1);
      write(batch);
      batch.clear();
    }
  }

  private void write(List<Asked> batch) {
    try {
      int tooLong = Transactions.runPatiently(jdbi, handle -> insertAndTrim(handle, batch));
      dropped.addAndGet(tooLong);
    } catch (RuntimeException e) {
      // Whatever it is, the thread goes on: a record is never worth a decision.
      dropped.addAndGet(batch.size());
      LOG.warn(
          "{} decisions could not be kept: {}",
          batch.size(),
          e.getCause() == null ? e : e.getCause().toString());
    }
  }

  private int insertAndTrim(Handle handle, List<Asked> batch) {
    int tooLong = 0;
    try (PreparedBatch insert =
        handle.prepareBatch(
            "INSERT INTO decisions (at, model, outcome, policy_digest, request)"
                + " VALUES (:at, :model, :outcome, :policy, :request)")) {
      for (Asked asked : batch) {
        AccessRequest request = asked.request();
        String question = json(PolicyQuestion.of(request));
        if (question.length() > MAX_REQUEST) {
          tooLong++;
          continue;
        }
        insert
            .bind("at", request.now().toEpochMilli())
            .bind("model", request.model() == null ? null : request.model().value())
            .bind("outcome", Verdict.of(asked.decision(), false).outcome())
            .bind("policy", asked.decision().policyDigest().hex())
            .bind("request", question)
            .add();
      }
      if (insert.size() > 0) {
        int[] _ = insert.execute();
      }
    }
    int _ =
        handle.execute(
            "DELETE FROM decisions WHERE at < ?",
            clock.instant().minus(limits.keepFor()).toEpochMilli());
    int refusals = limits.keep() / 2;
    trim(handle, "outcome = 'allowed'", limits.keep() - refusals);
    trim(handle, "outcome <> 'allowed'", refusals);
    return tooLong;
  }

  /**
   * @param which condition of an index of migration V11, to the letter
   */
  private static void trim(Handle handle, String which, int keep) {
    int _ =
        handle.execute(
            "DELETE FROM decisions WHERE "
                + which
                + " AND seq <= (SELECT seq FROM decisions WHERE "
                + which
                + " ORDER BY seq DESC LIMIT 1 OFFSET ?)",
            keep);
  }

  private static String json(PolicyQuestion question) {
    try {
      return StrictJson.mapper().writeValueAsString(question);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a question is made of texts and numbers", e);
    }
  }
}
