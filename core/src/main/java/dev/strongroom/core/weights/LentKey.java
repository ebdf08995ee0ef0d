package dev.strongroom.core.weights;

import dev.strongroom.core.secret.SecretBytes;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.SecretKey;

/**
 * A key for one cipher of one thread. Providers ask it for its bytes and some keep the array they
 * get; every array is remembered here and overwritten when the cipher is done, which {@link
 * javax.crypto.spec.SecretKeySpec} does not do.
 */
final class LentKey implements SecretKey {
  private static final long serialVersionUID = 1L;

  private final transient SecretBytes secret;
  private final transient List<byte[]> lent = new ArrayList<>();
  private final String algorithm;

  /** The secret stays the caller's. */
  LentKey(SecretBytes secret, String algorithm) {
    this.secret = secret;
    this.algorithm = algorithm;
  }

  @Override
  public String getAlgorithm() {
    return algorithm;
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  @Override
  public byte[] getEncoded() {
    byte[] copy = secret.heapCopy();
    lent.add(copy);
    return copy;
  }

  /** Forgets the arrays that the provider has overwritten itself, so that they do not pile up. */
  void forgetWiped() {
    lent.removeIf(LentKey::isWiped);
  }

  /** Overwrites every array that was lent and not wiped by its borrower. */
  void wipeLent() {
    lent.forEach(bytes -> Arrays.fill(bytes, (byte) 0));
    lent.clear();
  }

  private static boolean isWiped(byte[] bytes) {
    int seen = 0;
    for (byte b : bytes) {
      seen |= b;
    }
    return seen == 0;
  }

  @SuppressWarnings("UnusedMethod") // called by serialisation, which must not happen
  private void writeObject(ObjectOutputStream out) throws NotSerializableException {
    throw new NotSerializableException("a key is never serialised");
  }
}
