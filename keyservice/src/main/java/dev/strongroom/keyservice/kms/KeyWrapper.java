package dev.strongroom.keyservice.kms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.util.List;
import java.util.Optional;

/**
 * Wraps and unwraps data keys under a KEK that never leaves its backend. Thread-safe; calls block.
 *
 * <p>What every method may throw, as {@link dev.strongroom.core.problem.Problem}, and what may be
 * concluded from it:
 *
 * <ul>
 *   <li>{@code KEY_BACKEND_UNAVAILABLE}: the backend is away, or did not answer in time. Nothing is
 *       known about the wrapped key. Asking again may help.
 *   <li>{@code KEY_BACKEND_THROTTLED}: the backend answers and wants fewer calls.
 *   <li>{@code KEK_UNUSABLE}: the backend answers and refuses the KEK, or this service: disabled,
 *       destroyed, not allowed. An operator must act.
 *   <li>{@code KEY_UNWRAP_FAILED}: the wrapped key, its KEK or its context are not those of the
 *       wrapping. Thrown only when the backend said so while it works.
 * </ul>
 *
 * <p>An implementation ends each call within a time of its own; {@link GuardedKeyWrapper} bounds
 * what several attempts take.
 */
public interface KeyWrapper extends AutoCloseable {

  /** The bytes of a data key. */
  int DATA_KEY_BYTES = 32;

  /**
   * Wraps a data key under the newest KEK version.
   *
   * @throws IllegalArgumentException when the key has not {@link #DATA_KEY_BYTES} bytes
   */
  WrappedKey wrap(SecretBytes dataKey, WrapContext context);

  /** Unwraps; the caller closes what it gets. */
  SecretBytes unwrap(WrappedKey wrapped, WrapContext context);

  /**
   * Wraps what was wrapped anew, under the newest KEK version, for the same context. Backends that
   * can do so themselves never show the data key to this process.
   */
  default WrappedKey rewrap(WrappedKey wrapped, WrapContext context) {
    try (SecretBytes dataKey = unwrap(wrapped, context)) {
      return wrap(dataKey, context);
    }
  }

  /** What the backend tells of the KEK; asks it each time. */
  KekStatus status();

  /**
   * Makes a new version of the KEK. Older versions still unwrap.
   *
   * @return the KEK after it; its newest version is empty where the new one is not in use yet
   * @throws dev.strongroom.core.problem.Problem {@code KEK_ROTATION_UNSUPPORTED} that says which
   *     tool of the backend does it
   */
  KekStatus rotate();

  /**
   * Destroys a version of the KEK, or all of it, for good: what is under it never opens again.
   * Nothing is checked here: who calls knows that no data key is under it.
   *
   * @param version empty for the whole KEK
   * @throws dev.strongroom.core.problem.Problem {@code KEK_ERASE_UNSUPPORTED} that says which
   *     command of the backend does it, where the backend or the service's rights do not allow it
   */
  default void destroy(String version) {
    throw new Problem(
        ProblemCode.KEK_ERASE_UNSUPPORTED, "this backend destroys no KEK for the service");
  }

  /**
   * Looks whether a version of the KEK, or all of it, is gone for good: what does not unwrap now
   * and may do so again is still there. Where a backend waits before it destroys a KEK, it is gone
   * when the waiting has begun, in which it opens nothing. A version that never was is gone, too.
   *
   * @param version empty for the whole KEK
   * @return what is kept of it outside the backend's reach, or in it and until when; empty while
   *     the KEK is there
   * @throws dev.strongroom.core.problem.Problem {@code KEK_ERASE_UNSUPPORTED} where the backend
   *     destroys no single versions
   */
  default Optional<String> gone(String version) {
    return Optional.empty();
  }

  /** Whether destroying a version destroys those before it, too. */
  default boolean destroysOlderVersions() {
    return false;
  }

  /**
   * Rights that the use of the KEK does not show, as far as the backend tells of them without doing
   * what they are for. Asked last: the service's login may be given back to see whether it can be.
   */
  default List<KeyRight> rights() {
    return List.of();
  }

  @Override
  void close();
}
