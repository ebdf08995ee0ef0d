package dev.strongroom.keyservice.kms;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/**
 * A data key wrapped under a KEK. Kept in the store, never in the log: erasing it must be possible.
 *
 * @param backend the kind of backend, for example {@code tink}
 * @param kekId the KEK, as the backend names it: a key ARN, a path of a key, a label
 * @param kekVersion the version of the KEK; empty where the backend keeps versions to itself
 * @param ciphertext the wrapped bytes
 */
public record WrappedKey(String backend, String kekId, String kekVersion, Blob ciphertext) {
  /** Longer than what any backend makes of 32 bytes; what is longer is not sent to any. */
  public static final int MAX_CIPHERTEXT_BYTES = 1024;

  /**
   * What every backend checks before it uses or sends any of it: that it was wrapped by this
   * backend, and that its size can be.
   *
   * @return the ciphertext
   * @throws Problem {@link ProblemCode#KEY_UNWRAP_FAILED}
   */
  public byte[] ciphertextFrom(String wantedBackend) {
    if (!backend.equals(wantedBackend)) {
      throw refused(
          "it was wrapped by the backend '"
              + backend
              + "', and '"
              + wantedBackend
              + "' is configured");
    }
    // Four characters hold three bytes.
    int size = ciphertext.base64url().length() / 4 * 3;
    if (size == 0 || size > MAX_CIPHERTEXT_BYTES) {
      throw refused("its size is not that of a wrapped key");
    }
    return ciphertext.bytes();
  }

  /** The refusal of a wrapped key that is not what it says, or not for this context. */
  public static Problem refused(String why) {
    return new Problem(
        ProblemCode.KEY_UNWRAP_FAILED,
        "a data key does not unwrap: " + why + "; restore store and KEK from the same backup");
  }
}
