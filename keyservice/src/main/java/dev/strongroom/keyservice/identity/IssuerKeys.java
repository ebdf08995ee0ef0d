package dev.strongroom.keyservice.identity;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of one issuer, kept fresh. One load at a time; a load that fails leaves the keys that
 * are there in use until they are too old. Thread-safe.
 */
final class IssuerKeys {
  private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);

  private final JwksLoader loader;
  private final InstantSource clock;
  private final Duration retryAtMost;
  private final Duration keepFor;
  private final Executor background;
  private final ReentrantLock loading = new ReentrantLock();

  private volatile State state = new State(null, Instant.MIN, Instant.MIN);

  /**
   * @param loadedAt when the keys were last known to be current
   * @param triedAt when a load last began
   */
  private record State(@Nullable TokenKeys keys, Instant loadedAt, Instant triedAt) {}

  /**
   * @param retryAtMost loads are at least so far apart
   * @param keepFor how long keys stay in use after they were last known to be current
   * @param background runs refreshes that nobody waits for
   */
  IssuerKeys(
      JwksLoader loader,
      InstantSource clock,
      Duration retryAtMost,
      Duration keepFor,
      Executor background) {
    this.loader = loader;
    this.clock = clock;
    this.retryAtMost = retryAtMost.compareTo(loader.every()) < 0 ? retryAtMost : loader.every();
    this.keepFor = keepFor;
    this.background = background;
  }

  /**
   * The keys that are in use now. The first call waits for a load; later ones start it beside them.
   *
   * @throws Problem {@link ProblemCode#TOKEN_KEYS_UNAVAILABLE} when there are none, or only too old
   *     ones
   */
  TokenKeys current() {
    State seen = state;
    Instant now = clock.instant();
    if (usable(seen, now)) {
      if (isDue(seen, now, loader.every())) {
        background.execute(() -> load(loader.every(), false));
      }
      return keysOf(seen);
    }
    load(retryAtMost, true);
    State loaded = state;
    if (usable(loaded, now)) {
      return keysOf(loaded);
    }
    throw new Problem(
        ProblemCode.TOKEN_KEYS_UNAVAILABLE,
        "the keys of the token's issuer cannot be had; try again, and tell the operator");
  }

  /**
   * A key and the set that it was found in.
   *
   * @param keys the whole set, unchanged as long as it is the same object
   */
  record Found(TokenKeys keys, TokenKey key) {}

  /**
   * The key for a token; where it is unknown, the set is loaded again, at most once in a while.
   *
   * @throws Problem as {@link #current}
   */
  Optional<Found> find(@Nullable String keyId, TokenAlgorithm algorithm) {
    TokenKeys known = current();
    Optional<TokenKey> key = known.find(keyId, algorithm);
    if (key.isEmpty() && keyId != null) {
      load(retryAtMost, true);
      known = current();
      key = known.find(keyId, algorithm);
    }
    TokenKeys searched = known;
    return key.map(found -> new Found(searched, found));
  }

  private boolean usable(State seen, Instant now) {
    return seen.keys() != null && now.isBefore(seen.loadedAt().plus(keepFor));
  }

  private static TokenKeys keysOf(State seen) {
    if (seen.keys() == null) {
      throw new IllegalStateException("asked for keys that are not there");
    }
    return seen.keys();
  }

  // A clock that was set back makes a load due, too.
  private static boolean isDue(State seen, Instant now, Duration apart) {
    return seen.triedAt().equals(Instant.MIN)
        || now.isBefore(seen.triedAt())
        || !now.isBefore(seen.triedAt().plus(apart));
  }

  private void load(Duration apart, boolean wait) {
    if (wait) {
      loading.lock();
    } else if (!loading.tryLock()) {
      return;
    }
    try {
      Instant now = clock.instant();
      State before = state;
      if (isDue(before, now, apart)) {
        state = new State(before.keys(), before.loadedAt(), now);
        state = loaded(before.keys(), before.loadedAt(), now);
      }
    } finally {
      loading.unlock();
    }
  }

  private State loaded(@Nullable TokenKeys before, Instant loadedBefore, Instant now) {
    try {
      Optional<byte[]> bytes = loader.load();
      if (bytes.isEmpty() && before != null) {
        return new State(before, now, now);
      }
      TokenKeys keys = TokenKeys.parse(bytes.orElseThrow(() -> new IOException("nothing came")));
      // The same set stays the same object: cached tokens are tied to it.
      boolean same = before != null && before.digest().equals(keys.digest());
      return new State(same ? before : keys, now, now);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | Problem e) {
      loader.forget();
      LOG.warn("the key set {} cannot be used: {}", loader.name(), e.getMessage());
    }
    return new State(before, loadedBefore, now);
  }
}
