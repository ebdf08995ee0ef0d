package dev.strongroom.delivery.grant;

import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.seal.SealKeyPair;
import dev.strongroom.core.seal.SealSuite;

/**
 * The two key pairs that are made for one request: the seal key opens the data key, the proof key
 * speaks for the lease afterwards. Closing wipes the seal key; the proof key lives as long as its
 * lease.
 */
public final class GrantKeys implements AutoCloseable {
  private final SealKeyPair sealKey;
  private final SigningKey proofKey;

  private GrantKeys(SealKeyPair sealKey, SigningKey proofKey) {
    this.sealKey = sealKey;
    this.proofKey = proofKey;
  }

  /** Fresh keys: the seal key of this suite, the proof key Ed25519. */
  public static GrantKeys generate(SealSuite suite) {
    return new GrantKeys(
        SealKeyPair.generate(suite), SigningKey.generate(SignatureAlgorithm.EDDSA));
  }

  public SealKeyPair sealKey() {
    return sealKey;
  }

  public SigningKey proofKey() {
    return proofKey;
  }

  @Override
  public void close() {
    sealKey.close();
  }
}
