package dev.strongroom.keyservice.kms;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.security.SecureRandom;

/** Whether a key backend wraps and unwraps: a random key of no use, there and back. */
public final class KeyCanary {
  private static final ModelVersion NOTHING =
      new ModelVersion(new ModelName("strongroom/readiness"), new VersionId("0"));

  private KeyCanary() {}

  /**
   * Wraps and unwraps under a context that no version has.
   *
   * @throws Problem {@link ProblemCode#KEY_UNWRAP_FAILED} when another key comes back, and what the
   *     backend throws
   */
  public static void send(KeyWrapper kek, SecureRandom random) {
    WrapContext context = nothing(random);
    try (SecretBytes key = SecretBytes.random(KeyWrapper.DATA_KEY_BYTES, random);
        SecretBytes back = kek.unwrap(kek.wrap(key, context), context)) {
      requireSame(key, back);
    }
  }

  /**
   * Wraps, wraps anew and unwraps under such a context.
   *
   * @throws Problem as {@link #send}
   */
  public static void move(KeyWrapper kek, SecureRandom random) {
    WrapContext context = nothing(random);
    try (SecretBytes key = SecretBytes.random(KeyWrapper.DATA_KEY_BYTES, random);
        SecretBytes back = kek.unwrap(kek.rewrap(kek.wrap(key, context), context), context)) {
      requireSame(key, back);
    }
  }

  private static WrapContext nothing(SecureRandom random) {
    return new WrapContext(NOTHING, DataKeyId.random(random), null);
  }

  private static void requireSame(SecretBytes key, SecretBytes back) {
    if (!key.use(back::sameAs)) {
      throw new Problem(
          ProblemCode.KEY_UNWRAP_FAILED, "the key backend gave another key back than it was given");
    }
  }
}
