package dev.strongroom.keyservice.grant;

import dev.strongroom.core.id.ModelName;
import dev.strongroom.keyservice.identity.Identity;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What one identity, and what all together for one model, may ask. */
public interface RequestLimits {

  /**
   * Counts one request of a caller that is known now, and runs it.
   *
   * @param model null where the request is not about one model
   * @throws RuntimeException that the caller learns as {@code rate-limited}, with when to ask
   *     again; and what the request throws
   */
  <T> T within(Identity identity, @Nullable ModelName model, Supplier<T> request);
}
