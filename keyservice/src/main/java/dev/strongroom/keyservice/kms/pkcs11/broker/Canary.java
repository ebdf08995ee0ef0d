package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A known value, wrapped when the KEK version was opened first. As long as it unwraps, the token
 * works and the key is the one that it was; a wrapping that does not unwrap then is itself wrong.
 */
final class Canary {
  private static final byte[] CONTEXT = "strongroom/v1/canary".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] KNOWN =
      "not a key: it shows if one works".getBytes(StandardCharsets.US_ASCII);

  private final byte[] wrapped;

  Canary(byte[] wrapped) {
    this.wrapped = wrapped.clone();
  }

  static Canary of(Kek kek) throws GeneralSecurityException {
    return new Canary(kek.wrap(KNOWN.clone(), CONTEXT));
  }

  /**
   * @throws GeneralSecurityException when the token does not work, or the key is another
   */
  void prove(Kek kek) throws GeneralSecurityException {
    byte[] value = kek.unwrap(wrapped, CONTEXT);
    boolean known = MessageDigest.isEqual(value, KNOWN);
    Arrays.fill(value, (byte) 0);
    if (!known) {
      throw new GeneralSecurityException("the token gave another value back than it was given");
    }
  }

  /** A copy of the wrapped value: no secret. */
  byte[] wrapped() {
    return wrapped.clone();
  }
}
