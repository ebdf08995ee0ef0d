package dev.strongroom.keyservice;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.http.Readiness;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import java.security.SecureRandom;

/** Whether the key backend wraps and unwraps: a random key of no use, there and back. */
final class KeyBackendProbe implements Readiness.Test {
  private static final int KEY_BYTES = 32;
  private static final ModelVersion NOTHING =
      new ModelVersion(new ModelName("strongroom/readiness"), new VersionId("0"));

  private final KeyWrapper kek;
  private final SecureRandom random;

  KeyBackendProbe(KeyWrapper kek, SecureRandom random) {
    this.kek = kek;
    this.random = random;
  }

  @Override
  public void run() {
    WrapContext context = new WrapContext(NOTHING, DataKeyId.random(random), null);
    try (SecretBytes key = SecretBytes.random(KEY_BYTES, random);
        SecretBytes back = kek.unwrap(kek.wrap(key, context), context)) {
      if (!key.use(back::sameAs)) {
        throw new IllegalStateException("the key backend gave another key back");
      }
    }
  }
}
