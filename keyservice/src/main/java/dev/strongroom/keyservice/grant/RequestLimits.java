package dev.strongroom.keyservice.grant;

import dev.strongroom.core.id.ModelName;
import dev.strongroom.keyservice.identity.Identity;
import java.util.function.Supplier;

/** What one identity, and what all together for one model, may ask. */
public interface RequestLimits {

  /**
   * Counts one request of a caller that is known now, and runs it.
   *
   * @throws RuntimeException that the caller learns as {@code rate-limited}, with when to ask
   *     again; and what the request throws
   */
  <T> T within(Identity identity, Supplier<T> request);

  /**
   * Counts one request as {@link #within} does, for one that goes on elsewhere.
   *
   * @return the place that it takes among those that run at once, until it is closed
   * @throws RuntimeException as {@link #within}
   */
  Place enter(Identity identity);

  /** A place among the requests of one identity that run at once. */
  interface Place extends AutoCloseable {
    /** Gives the place back; called once. */
    @Override
    void close();
  }

  /**
   * Counts one request for a model by a caller that may have it, and runs it. Never before the
   * policy allowed it: else strangers use up what the model's own callers may ask.
   *
   * @throws RuntimeException as {@link #within}
   */
  <T> T withinModel(ModelName model, Supplier<T> request);
}
