package dev.strongroom.keyservice;

import dev.strongroom.keyservice.http.Readiness;
import dev.strongroom.keyservice.kms.KeyCanary;
import dev.strongroom.keyservice.kms.KeyWrapper;
import java.security.SecureRandom;

/** Whether the key backend wraps and unwraps. */
final class KeyBackendProbe implements Readiness.Test {
  private final KeyWrapper kek;
  private final SecureRandom random;

  KeyBackendProbe(KeyWrapper kek, SecureRandom random) {
    this.kek = kek;
    this.random = random;
  }

  @Override
  public void run() {
    KeyCanary.send(kek, random);
  }
}
