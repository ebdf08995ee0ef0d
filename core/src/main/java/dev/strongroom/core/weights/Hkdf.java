package dev.strongroom.core.weights;

import dev.strongroom.core.secret.SecretBytes;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * HKDF-SHA256 (RFC 5869) with an output of one block, 32 bytes. It is written over the provider's
 * HMAC, because {@code javax.crypto.KDF} keeps heap copies of its input that nobody overwrites.
 */
final class Hkdf {
  /** The size of the output in bytes. */
  static final int BYTES = 32;

  private static final String HMAC = "HmacSHA256";
  private static final byte[] NO_SALT = new byte[BYTES];

  private Hkdf() {}

  /** Derives without a salt, which RFC 5869 (section 2.2) defines as 32 zero bytes. */
  static SecretBytes derive(SecretBytes ikm, byte[] info) {
    return derive(ikm, NO_SALT, info);
  }

  /**
   * Derives 32 bytes.
   *
   * @param salt not secret, not empty
   * @param info not secret
   */
  static SecretBytes derive(SecretBytes ikm, byte[] salt, byte[] info) {
    try (SecretBytes prk = extract(ikm, salt)) {
      return expand(prk, info);
    }
  }

  private static SecretBytes extract(SecretBytes ikm, byte[] salt) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(salt, HMAC));
      return finish(mac, ikm.use(mac::doFinal));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no HMAC-SHA256 in this Java runtime", e);
    }
  }

  private static SecretBytes expand(SecretBytes prk, byte[] info) {
    LentKey key = new LentKey(prk, HMAC);
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      mac.update(info);
      return finish(mac, mac.doFinal(new byte[] {1}));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no HMAC-SHA256 in this Java runtime", e);
    } finally {
      key.wipeLent();
    }
  }

  // The provider keeps the padded key and the last block: another key and other blocks replace
  // them.
  private static SecretBytes finish(Mac mac, byte[] output) throws GeneralSecurityException {
    SecretBytes result = SecretBytes.takeOver(output);
    mac.init(new SecretKeySpec(NO_SALT, HMAC));
    byte[] rest = mac.doFinal(new byte[2 * 64]);
    Arrays.fill(rest, (byte) 0);
    return result;
  }
}
