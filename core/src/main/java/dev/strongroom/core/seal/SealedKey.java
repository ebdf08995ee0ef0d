package dev.strongroom.core.seal;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.nio.charset.StandardCharsets;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.hpke.HPKE;
import org.bouncycastle.crypto.hpke.HPKEContextWithEncapsulation;

/**
 * A data key sealed to one public key.
 *
 * @param suite how it was sealed
 * @param encapsulation the encapsulated key, of the length that the suite says
 * @param ciphertext the sealed key with its 16-byte tag
 */
public record SealedKey(SealSuite suite, Blob encapsulation, Blob ciphertext) {
  private static final int TAG_BYTES = 16;
  private static final int MAX_KEY_BYTES = 64;

  /**
   * @throws Problem {@link ProblemCode#SEALED_KEY_INVALID} when a length does not fit the suite
   */
  public SealedKey {
    int size = ciphertext.bytes().length;
    if (encapsulation.bytes().length != suite.encapsulationBytes()
        || size <= TAG_BYTES
        || size > MAX_KEY_BYTES + TAG_BYTES) {
      throw new Problem(
          ProblemCode.SEALED_KEY_INVALID, "the sealed key does not have the lengths of its suite");
    }
  }

  /**
   * Seals a key to a raw public key.
   *
   * @param info the HPKE {@code info}: what the key is released under
   * @param context the HPKE {@code aad}: what the key is for
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} when the public key does not fit the
   *     suite
   */
  public static SealedKey seal(
      SealSuite suite, byte[] publicKey, byte[] info, byte[] context, SecretBytes key) {
    if (publicKey.length != suite.publicKeyBytes()) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM,
          "a public key of " + suite.wireName() + " has " + suite.publicKeyBytes() + " bytes");
    }
    try {
      HPKE hpke = suite.hpke();
      HPKEContextWithEncapsulation sender =
          hpke.setupBaseS(hpke.deserializePublicKey(publicKey), info);
      byte[] ciphertext =
          key.use(bytes -> {
            try {
              return sender.seal(context, bytes);
            } catch (InvalidCipherTextException e) {
              throw new IllegalStateException("sealing failed", e);
            }
          });
      return new SealedKey(suite, Blob.of(sender.getEncapsulation()), Blob.of(ciphertext));
    } catch (IllegalArgumentException | IllegalStateException e) {
      // A low-order X25519 point or an ML-KEM key out of range (RFC 9180 section 7.1.4).
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM, "the public key is not valid for its suite", e);
    }
  }

  /** SHA-256 over encapsulation and ciphertext: what the log commits to. */
  public Sha256Digest digest() {
    String text = suite.wireName() + "." + encapsulation.base64url() + "." + ciphertext.base64url();
    return Sha256Digest.of(text.getBytes(StandardCharsets.US_ASCII));
  }
}
