package dev.strongroom.keyservice.kms;

import dev.strongroom.core.secret.SecretBytes;

/** Wraps and unwraps data keys under a KEK that never leaves its backend. Thread-safe. */
public interface KeyWrapper extends AutoCloseable {

  /**
   * Wraps a 32-byte data key under the newest KEK version.
   *
   * @throws dev.strongroom.core.problem.Problem {@code KEY_BACKEND_UNAVAILABLE}
   */
  WrappedKey wrap(SecretBytes dataKey, WrapContext context);

  /**
   * Unwraps; the caller closes what it gets.
   *
   * @throws dev.strongroom.core.problem.Problem {@code KEY_UNWRAP_FAILED} when the context, the KEK
   *     or the bytes are not those of the wrapping; {@code KEY_BACKEND_UNAVAILABLE}
   */
  SecretBytes unwrap(WrappedKey wrapped, WrapContext context);

  @Override
  void close();
}
