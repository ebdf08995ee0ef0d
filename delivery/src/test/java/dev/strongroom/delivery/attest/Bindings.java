package dev.strongroom.delivery.attest;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.seal.SealSuite;

/** What evidence is to bind. */
public final class Bindings {
  private Bindings() {}

  /** That of a request with this nonce. */
  public static KeyBinding of(String nonce) {
    return new KeyBinding(
        "https://keys.example.org",
        ModelVersion.parse("acme/chat:3"),
        nonce,
        SealSuite.X25519,
        Blob.of(new byte[32]),
        "thumbprint",
        Sha256Digest.of(new byte[0]),
        "pod-1");
  }
}
