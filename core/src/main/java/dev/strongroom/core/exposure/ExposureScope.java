package dev.strongroom.core.exposure;

import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.problem.Require;
import org.jspecify.annotations.Nullable;

/**
 * Which grants an exposure is about: all given fields must match.
 *
 * @param selector null for whoever it was
 * @param since milliseconds since the epoch: grants from then on; null for the beginning of the log
 * @param until milliseconds since the epoch: grants before then; null for now
 */
public record ExposureScope(
    @Nullable RevocationSelector selector, @Nullable Long since, @Nullable Long until) {
  /**
   * @throws dev.strongroom.core.problem.Problem {@link
   *     dev.strongroom.core.problem.ProblemCode#MALFORMED_REQUEST} when nothing is named, a time is
   *     negative, or the end is not after the beginning
   */
  public ExposureScope {
    Require.that(
        selector != null || since != null || until != null,
        "an exposure names a selector, or a time from or until which it asks");
    Require.that(
        (since == null || since >= 0) && (until == null || until >= 0),
        "times of an exposure are milliseconds since the epoch");
    Require.that(
        since == null || until == null || since < until, "'since' has to be before 'until'");
  }

  /** Whether a grant of this time is among them. */
  public boolean covers(long at) {
    return (since == null || at >= since) && (until == null || at < until);
  }

  /** Whether a grant is among them. */
  public boolean matches(Holding holding, long at) {
    return covers(at) && (selector == null || selector.matches(holding));
  }
}
