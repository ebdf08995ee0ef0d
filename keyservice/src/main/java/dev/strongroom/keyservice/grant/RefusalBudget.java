package dev.strongroom.keyservice.grant;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.strongroom.keyservice.identity.Identity;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import java.time.Duration;

/**
 * How many refusals of one subject the log takes, each with an entry and an explanation of its own;
 * those beyond are counted. Thread-safe.
 */
public final class RefusalBudget {
  private static final int PER_SECOND = 10;
  private static final int AT_ONCE = 60;
  private static final int TRACKED = 100_000;
  private static final Duration FORGET = Duration.ofMinutes(5);

  private final Cache<String, Bucket> subjects =
      Caffeine.newBuilder().maximumSize(TRACKED).expireAfterAccess(FORGET).build();
  private final int perSecond;
  private final int burst;

  /**
   * @param perSecond refusals of one subject, from 1
   * @param burst refusals that may come at once, from 1
   */
  public RefusalBudget(int perSecond, int burst) {
    this.perSecond = perSecond;
    this.burst = burst;
  }

  /** As much as one subject has in this service. */
  public static RefusalBudget ofService() {
    return new RefusalBudget(PER_SECOND, AT_ONCE);
  }

  /** Takes one; false when the subject has none left for now. */
  public boolean take(Identity identity) {
    return subjects.get(identity.canonical(), key -> bucket()).tryConsume(1);
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(
            Bandwidth.builder()
                .capacity(burst)
                .refillGreedy(perSecond, Duration.ofSeconds(1))
                .build())
        .build();
  }
}
