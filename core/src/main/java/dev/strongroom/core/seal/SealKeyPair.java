package dev.strongroom.core.seal;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.hpke.HPKE;

/**
 * The seal key of a workload or publisher: fresh for each request, held outside the heap, gone when
 * closed. It opens what was sealed to its public key.
 */
public final class SealKeyPair implements AutoCloseable {
  private final SealSuite suite;
  private final byte[] publicKey;
  private final SecretBytes privateKey;

  private SealKeyPair(SealSuite suite, byte[] publicKey, SecretBytes privateKey) {
    this.suite = suite;
    this.publicKey = publicKey;
    this.privateKey = privateKey;
  }

  /** A fresh pair. */
  public static SealKeyPair generate(SealSuite suite) {
    HPKE hpke = suite.hpke();
    AsymmetricCipherKeyPair pair = hpke.generatePrivateKey();
    return new SealKeyPair(
        suite,
        hpke.serializePublicKey(pair.getPublic()),
        SecretBytes.takeOver(hpke.serializePrivateKey(pair.getPrivate())));
  }

  public SealSuite suite() {
    return suite;
  }

  /** The raw public key. */
  public byte[] publicKey() {
    return publicKey.clone();
  }

  /**
   * Opens a sealed key.
   *
   * @throws Problem {@link ProblemCode#SEALED_KEY_INVALID} when it was sealed to another key, under
   *     other info or context, with another suite, or has been changed
   */
  public SecretBytes open(SealedKey sealed, byte[] info, byte[] context) {
    if (sealed.suite() != suite) {
      throw refusal();
    }
    HPKE hpke = suite.hpke();
    return privateKey.use(bytes -> {
      try {
        AsymmetricCipherKeyPair pair = hpke.deserializePrivateKey(bytes, publicKey);
        return SecretBytes.takeOver(
            hpke.setupBaseR(sealed.encapsulation().bytes(), pair, info)
                .open(context, sealed.ciphertext().bytes()));
      } catch (InvalidCipherTextException | IllegalArgumentException | IllegalStateException e) {
        throw refusal();
      }
    });
  }

  private static Problem refusal() {
    return new Problem(
        ProblemCode.SEALED_KEY_INVALID,
        "the sealed key does not open: it is for another key, grant or context, or was changed");
  }

  @Override
  public void close() {
    privateKey.close();
  }
}
