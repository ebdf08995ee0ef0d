package dev.strongroom.keyservice.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.keyservice.grant.RequestLimits;
import dev.strongroom.keyservice.identity.Identity;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What one caller may cost: rates by peer address before anybody is known, then rates and requests
 * at once by identity and by model. What is tracked is bounded: who is forgotten begins anew with a
 * full bucket, and an address or identity that is in use is not forgotten.
 */
public final class Limits implements RequestLimits {
  private static final int TRACKED = 100_000;
  private static final Duration FORGET = Duration.ofMinutes(5);

  private final Settings settings;
  private final Cache<String, Bucket> peers = cache();
  private final Cache<String, Share> identities = cache();
  private final Cache<String, Share> models = cache();

  /**
   * @param perAddress requests per second of one peer address
   * @param perIdentity requests per second of one {@code issuer|subject}
   * @param perModel requests per second for one model
   * @param burst the time for which the rate may come at once
   * @param atOncePerIdentity requests of one identity that run at once
   * @param atOncePerModel requests for one model that run at once
   */
  public record Settings(
      int perAddress,
      int perIdentity,
      int perModel,
      Duration burst,
      int atOncePerIdentity,
      int atOncePerModel) {}

  public Limits(Settings settings) {
    this.settings = settings;
  }

  /** Counts one request of this peer address, of which nothing else is known yet. */
  void admitPeer(String address) {
    Bucket bucket = peers.get(address, key -> bucket(settings.perAddress(), settings.burst()));
    consume(bucket, "this address asks too often; ask again later");
  }

  @Override
  public <T> T within(Identity identity, Supplier<T> request) {
    try (Place _ = enter(identity)) {
      return request.get();
    }
  }

  @Override
  public Place enter(Identity identity) {
    Share caller = caller(identity);
    consume(caller.bucket(), "this identity asks too often; ask again later");
    return place(caller, "this identity has too many requests at once; ask again later");
  }

  private Share caller(Identity identity) {
    return identities.get(
        identity.canonical(), key -> share(settings.perIdentity(), settings.atOncePerIdentity()));
  }

  @Override
  public <T> T withinModel(ModelName model, Supplier<T> request) {
    Share wanted =
        models.get(model.value(), key -> share(settings.perModel(), settings.atOncePerModel()));
    consume(wanted.bucket(), "this model is asked for too often; ask again later");
    try (Place _ = place(wanted, "this model is asked for too often at once; ask again later")) {
      return request.get();
    }
  }

  private static Place place(Share share, String refusal) {
    if (!share.atOnce().tryAcquire()) {
      throw new LimitExceeded(refusal, 1);
    }
    return share.atOnce()::release;
  }

  private static void consume(Bucket bucket, String refusal) {
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      long seconds = TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill()) + 1;
      throw new LimitExceeded(refusal, seconds);
    }
  }

  private Share share(int perSecond, int atOnce) {
    return new Share(bucket(perSecond, settings.burst()), new Semaphore(atOnce));
  }

  private static Bucket bucket(int perSecond, Duration burst) {
    long capacity = Math.max(1, perSecond * burst.toMillis() / 1_000);
    return Bucket.builder()
        .addLimit(
            Bandwidth.builder()
                .capacity(capacity)
                .refillGreedy(perSecond, Duration.ofSeconds(1))
                .build())
        .build();
  }

  private static <V> Cache<String, V> cache() {
    return Caffeine.newBuilder().maximumSize(TRACKED).expireAfterAccess(FORGET).build();
  }

  private record Share(Bucket bucket, Semaphore atOnce) {}
}
