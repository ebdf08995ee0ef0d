package dev.strongroom.keyservice.kms;

import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.DataKeyCacheConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Holds data keys that the key backend opened, for the next grant that wants the same wrapping in
 * the same context: another wrapping or context is another entry. Off-heap, bounded in number and
 * age. An entry is wiped when it is too old, when another takes its place, and when it is
 * forgotten; who opens gets a copy of its own.
 *
 * <p>Calls for one entry that come together make one call to the backend. Only what it opened is
 * held: a failure is told to those who waited for it, and to nobody after them.
 */
public final class DataKeyCache implements DataKeys, AutoCloseable {
  private static final Duration WIPE_EVERY = Duration.ofSeconds(1);

  private final KeyWrapper kek;
  private final int maxKeys;
  private final long maxAgeNanos;
  private final Predicate<ModelVersion> mayBeHeld;
  private final LongSupplier nanos;
  private final Counter hits;
  private final Counter misses;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("data-key-cache").factory());

  // Guarded by this, all three. The first is in the order of use.
  private final Map<Name, Held> held = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Name, Flight> flights = new HashMap<>();
  private boolean closed;

  /** All that the backend is given: what it would answer otherwise for is not the same entry. */
  private record Name(WrappedKey wrapped, WrapContext context) {}

  private record Held(SecretBytes key, long since) {}

  /** A call to the backend that is under way. */
  private static final class Flight {
    final CountDownLatch landed = new CountDownLatch(1);
    volatile @Nullable Problem failure;
  }

  private DataKeyCache(
      KeyWrapper kek,
      DataKeyCacheConfig config,
      Predicate<ModelVersion> mayBeHeld,
      LongSupplier nanos,
      MeterRegistry meters) {
    this.kek = kek;
    this.maxKeys = config.maxKeys();
    this.maxAgeNanos = config.maxAge().toNanos();
    this.mayBeHeld = mayBeHeld;
    this.nanos = nanos;
    this.hits = opened(DataKeySource.CACHE, meters);
    this.misses = opened(DataKeySource.BACKEND, meters);
  }

  /**
   * Begins empty.
   *
   * @param kek not closed with the cache
   * @param mayBeHeld asked when the backend answered: false for a version that was erased or
   *     revoked meanwhile. What becomes false later is to be told by {@link #forget}
   */
  public static DataKeyCache open(
      KeyWrapper kek,
      DataKeyCacheConfig config,
      Predicate<ModelVersion> mayBeHeld,
      MeterRegistry meters) {
    return open(kek, config, mayBeHeld, System::nanoTime, meters);
  }

  static DataKeyCache open(
      KeyWrapper kek,
      DataKeyCacheConfig config,
      Predicate<ModelVersion> mayBeHeld,
      LongSupplier nanos,
      MeterRegistry meters) {
    DataKeyCache cache = new DataKeyCache(kek, config, mayBeHeld, nanos, meters);
    Gauge.builder("strongroom.datakeys.cached", cache, DataKeyCache::size)
        .description("data keys that are held for the next grant")
        .register(meters);
    long every = WIPE_EVERY.toMillis();
    var _ =
        cache.timer.scheduleWithFixedDelay(cache::wipeExpired, every, every, TimeUnit.MILLISECONDS);
    return cache;
  }

  private static Counter opened(DataKeySource source, MeterRegistry meters) {
    return Counter.builder("strongroom.datakeys.opened")
        .description("data keys opened for grants, by where they came from")
        .tag("source", source.wireName())
        .register(meters);
  }

  @Override
  public Opened open(WrappedKey wrapped, WrapContext context) {
    Name name = new Name(wrapped, context);
    Flight mine = new Flight();
    Flight other;
    synchronized (this) {
      SecretBytes copy = copyOf(name);
      if (copy != null) {
        return hit(copy);
      }
      other = flights.putIfAbsent(name, mine);
    }
    if (other == null) {
      return lead(name, mine);
    }
    await(other);
    SecretBytes copy = copyOf(name);
    // What could not be held is asked for by each of those who waited, and not by one of them.
    return copy == null ? new Opened(backend(name), DataKeySource.BACKEND) : hit(copy);
  }

  private Opened hit(SecretBytes copy) {
    hits.increment();
    return new Opened(copy, DataKeySource.CACHE);
  }

  private SecretBytes backend(Name name) {
    misses.increment();
    return kek.unwrap(name.wrapped(), name.context());
  }

  private Opened lead(Name name, Flight mine) {
    try {
      return new Opened(held(name, mine, backend(name)), DataKeySource.BACKEND);
    } catch (Problem e) {
      // An interrupt ends this call alone, and says nothing to those who wait for it.
      if (!Thread.currentThread().isInterrupted()) {
        mine.failure = e;
      }
      throw e;
    } finally {
      land(name, mine);
    }
  }

  private synchronized void land(Name name, Flight flight) {
    flights.remove(name, flight);
    flight.landed.countDown();
  }

  private static void await(Flight flight) {
    try {
      flight.landed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          "the key backend was not asked: the service is stopping");
    }
    Problem failure = flight.failure;
    if (failure != null) {
      throw failure;
    }
  }

  /** Null where none is held, or it is too old. */
  private synchronized @Nullable SecretBytes copyOf(Name name) {
    Held entry = held.get(name);
    if (entry == null) {
      return null;
    }
    if (isExpired(entry)) {
      held.remove(name);
      entry.key().close();
      return null;
    }
    return entry.key().copy();
  }

  /**
   * Holds what the backend opened, where it may be held.
   *
   * @return what the caller gets: a copy, or the key itself where it is not held
   */
  private synchronized SecretBytes held(Name name, Flight flight, SecretBytes key) {
    // A flight that is not there any more was forgotten on its way.
    if (closed || flights.get(name) != flight || !mayBeHeld.test(name.context().target())) {
      return key;
    }
    SecretBytes copy = key.copy();
    held.put(name, new Held(key, nanos.getAsLong()));
    if (held.size() > maxKeys) {
      Iterator<Held> leastUsed = held.values().iterator();
      leastUsed.next().key().close();
      leastUsed.remove();
    }
    return copy;
  }

  private boolean isExpired(Held entry) {
    return nanos.getAsLong() - entry.since() >= maxAgeNanos;
  }

  /** Wipes what is too old; by itself it does so every second. */
  synchronized void wipeExpired() {
    held.values().removeIf(entry -> wiped(entry, isExpired(entry)));
  }

  @Override
  public void forget(Predicate<ModelVersion> versions) {
    forgetNamed(name -> versions.test(name.context().target()));
  }

  @Override
  public void forgetUnder(Predicate<KekVersion> keks) {
    forgetNamed(name -> keks.test(KekVersion.of(name.wrapped())));
  }

  private synchronized void forgetNamed(Predicate<Name> which) {
    held.entrySet().removeIf(entry -> wiped(entry.getValue(), which.test(entry.getKey())));
    flights.keySet().removeIf(which);
  }

  private static boolean wiped(Held entry, boolean wanted) {
    if (wanted) {
      entry.key().close();
    }
    return wanted;
  }

  /** How many are held. */
  synchronized int size() {
    return held.size();
  }

  /** Wipes all; from now on nothing is held. */
  @Override
  public void close() {
    timer.shutdownNow();
    synchronized (this) {
      closed = true;
      forgetNamed(name -> true);
    }
  }
}
