package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Bounds;
import dev.strongroom.keyservice.config.yaml.Default;
import java.time.Duration;

/**
 * What a key backend may cost, and how long it is waited for.
 *
 * @param concurrentCalls to the backend at once; more wait
 * @param queuedCalls waiting at most; more are refused with {@code key-backend-unavailable}
 * @param attemptTimeout of one call to the backend
 * @param callTimeout after which no attempt is begun any more; waiting and pauses count
 * @param attempts of one call at most, where asking again may help
 * @param restFor how long a backend that failed half of its calls is left alone
 */
public record KekLimits(
    @Default("64") @Bounds(min = "1", max = "1024") Integer concurrentCalls,
    @Default("512") @Bounds(min = "0", max = "65536") Integer queuedCalls,
    @Default("2s") @Bounds(min = "50ms", max = "1m") Duration attemptTimeout,
    @Default("5s") @Bounds(min = "50ms", max = "2m") Duration callTimeout,
    @Default("3") @Bounds(min = "1", max = "10") Integer attempts,
    @Default("5s") @Bounds(min = "100ms", max = "10m") Duration restFor) {

  /** Those of a configuration that names none. */
  public static final KekLimits DEFAULT =
      new KekLimits(
          64, 512, Duration.ofSeconds(2), Duration.ofSeconds(5), 3, Duration.ofSeconds(5));

  public KekLimits {
    KeyServiceConfig.check(
        callTimeout.compareTo(attemptTimeout) >= 0,
        "callTimeout: at least as long as attemptTimeout is wanted");
  }
}
