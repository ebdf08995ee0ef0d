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
   * Goes on with a request that was counted already, when its body is there.
   *
   * @throws RuntimeException as {@link #within}, when too many run at once
   */
  <T> T continued(Identity identity, Supplier<T> request);

  /**
   * Counts one request for a model by a caller that may have it, and runs it. Never before the
   * policy allowed it: else strangers use up what the model's own callers may ask.
   *
   * @throws RuntimeException as {@link #within}
   */
  <T> T withinModel(ModelName model, Supplier<T> request);
}
