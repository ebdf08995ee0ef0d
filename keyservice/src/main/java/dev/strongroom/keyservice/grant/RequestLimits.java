package dev.strongroom.keyservice.grant;

import dev.strongroom.core.id.ModelName;
import dev.strongroom.keyservice.identity.Identity;
import org.jspecify.annotations.Nullable;

/** What one identity, and what all together for one model, may ask. */
public interface RequestLimits {

  /**
   * Counts one request of a caller that is known now.
   *
   * @param model null where the request is not about one model
   * @return closed when the request is done
   * @throws RuntimeException that the caller learns as {@code rate-limited}, with when to ask again
   */
  Admitted admit(Identity identity, @Nullable ModelName model);

  /** A request under way. */
  interface Admitted extends AutoCloseable {
    @Override
    void close();
  }
}
