package dev.strongroom.keyservice.lease;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView.End;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.LedgerView.Revocation;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pushes the end of a lease to whoever waits for it: one signed event, once, after the end is
 * durable. Signing and delivery happen on virtual threads; the thread of the ledger never waits.
 */
public final class LeaseEvents implements AutoCloseable {
  private final Ledger ledger;
  private final SigningKey key;
  private final String origin;
  private final InstantSource clock;
  private final Limits limits;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<LeaseId, List<Subscription>> subscriptions = new HashMap<>();
  private int count;

  /**
   * How many may wait.
   *
   * @param total over all leases, 1 to 1,000,000
   * @param perLease for one lease, 1 to 64: a holder that reconnects before we noticed
   */
  public record Limits(int total, int perLease) {
    /** The tested defaults. */
    public static final Limits DEFAULT = new Limits(50_000, 4);

    public Limits {
      if (total < 1 || total > 1_000_000 || perLease < 1 || perLease > 64) {
        throw new IllegalArgumentException(
            "total must be from 1 to 1,000,000 and perLease from 1 to 64");
      }
    }
  }

  /**
   * @param key signs the events: the service's grant key
   * @param origin the service's origin
   */
  public LeaseEvents(
      Ledger ledger, SigningKey key, String origin, InstantSource clock, Limits limits) {
    this.ledger = ledger;
    this.key = key;
    this.origin = origin;
    this.clock = clock;
    this.limits = limits;
    ledger.subscribe((index, event) -> onCommitted(event));
  }

  /** Somebody who waits. Closing it twice, or after the event, does nothing. */
  public final class Subscription implements AutoCloseable {
    private final LeaseState lease;
    private final Consumer<String> consumer;
    private final AtomicBoolean done = new AtomicBoolean();

    private Subscription(LeaseState lease, Consumer<String> consumer) {
      this.lease = lease;
      this.consumer = consumer;
    }

    private void deliver(End end) {
      if (done.compareAndSet(false, true)) {
        remove(this);
        threads.execute(() -> consumer.accept(signed(lease, end)));
      }
    }

    @Override
    public void close() {
      if (done.compareAndSet(false, true)) {
        remove(this);
      }
    }
  }

  /**
   * Waits for the end of a lease. The consumer is called once, on a virtual thread, with a {@code
   * strongroom-lease-event+jwt}; at once where the lease has ended already.
   *
   * @throws Problem {@link ProblemCode#LEASE_UNKNOWN}; {@link ProblemCode#PROOF_INVALID} when the
   *     lease is of another proof key; {@link ProblemCode#OVERLOADED} when too many wait
   */
  public Subscription subscribe(LeaseId id, String jkt, Consumer<String> consumer) {
    LeaseState lease = requireLease(id);
    if (!lease.holder().jkt().equals(jkt)) {
      throw new Problem(
          ProblemCode.PROOF_INVALID, "this lease belongs to another proof key; use the one it has");
    }
    Subscription subscription = new Subscription(lease, consumer);
    add(subscription);
    // First listed, then looked: an end that becomes durable in between is heard by one of the two.
    End end = requireLease(id).end();
    if (end != null && end.index() < ledger.durableSize()) {
      subscription.deliver(end);
    }
    return subscription;
  }

  private LeaseState requireLease(LeaseId id) {
    return ledger
        .view()
        .lease(id)
        .orElseThrow(() ->
            new Problem(
                ProblemCode.LEASE_UNKNOWN, "there is no lease of this id, or it ended long ago"));
  }

  /** How many wait. */
  public int waiting() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  private void add(Subscription subscription) {
    lock.lock();
    try {
      List<Subscription> list =
          subscriptions.computeIfAbsent(subscription.lease.id(), id -> new ArrayList<>(1));
      if (count >= limits.total() || list.size() >= limits.perLease()) {
        if (list.isEmpty()) {
          subscriptions.remove(subscription.lease.id());
        }
        throw new Problem(
            ProblemCode.OVERLOADED, "too many wait for this event; close one, or come back later");
      }
      list.add(subscription);
      count++;
    } finally {
      lock.unlock();
    }
  }

  private void remove(Subscription subscription) {
    lock.lock();
    try {
      List<Subscription> list = subscriptions.get(subscription.lease.id());
      if (list != null && list.remove(subscription)) {
        count--;
        if (list.isEmpty()) {
          subscriptions.remove(subscription.lease.id());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void onCommitted(LogEvent event) {
    if (event instanceof LogEvent.LeaseEnded ended) {
      for (Subscription subscription : waitingFor(ended.lease())) {
        subscription.deliver(new End(ended.cause(), ended.at(), 0, ended.revocation()));
      }
    }
  }

  private List<Subscription> waitingFor(LeaseId id) {
    lock.lock();
    try {
      return List.copyOf(subscriptions.getOrDefault(id, List.of()));
    } finally {
      lock.unlock();
    }
  }

  private String signed(LeaseState lease, End end) {
    Lease.Event event =
        new Lease.Event(
            Lease.Event.FORMAT,
            origin,
            lease.id(),
            lease.holder().jkt(),
            end.cause(),
            reason(end),
            clock.instant().getEpochSecond());
    return key.sign(MessageType.LEASE_EVENT, CanonicalJson.writeRecord(event));
  }

  private @Nullable String reason(End end) {
    return ledger.view().revocations().stream()
        .filter(revocation -> revocation.id().equals(end.revocation()))
        .map(Revocation::reason)
        .findFirst()
        .orElse(null);
  }

  /** Nobody waits any more; nobody is told. Events that are on their way are delivered. */
  @Override
  public void close() {
    lock.lock();
    try {
      subscriptions.clear();
      count = 0;
    } finally {
      lock.unlock();
    }
    threads.close();
  }
}
