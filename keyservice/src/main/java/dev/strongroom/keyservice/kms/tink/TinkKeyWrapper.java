package dev.strongroom.keyservice.kms.tink;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/**
 * Wraps data keys with AES-256-GCM under a KEK in a Tink keyset file. The context is the associated
 * data. The default backend: whoever reads the file and the store has every data key, so a KMS or
 * an HSM is the better home of a KEK where there is one.
 */
public final class TinkKeyWrapper implements KeyWrapper {
  private static final String BACKEND = "tink";
  private static final int DATA_KEY_BYTES = 32;

  /** Prefix (1 + 4), IV (12), data key, tag (16). */
  private static final int WRAPPED_BYTES = 5 + 12 + DATA_KEY_BYTES + 16;

  private final KeysetHandle keyset;
  private final Aead aead;
  private volatile boolean closed;

  private TinkKeyWrapper(KeysetHandle keyset, Aead aead) {
    this.keyset = keyset;
    this.aead = aead;
  }

  /**
   * Opens the keyset file; makes it when it is not there and the store is empty.
   *
   * @param storeIsEmpty whether nothing was ever wrapped
   * @throws Problem {@link ProblemCode#KEY_FILE_MISSING} when it is not there and the store is not
   *     empty, {@link ProblemCode#KEY_FILE_INSECURE} when others may read it, {@link
   *     ProblemCode#CONFIGURATION_INVALID} when it holds anything but AES-256-GCM keys
   */
  public static TinkKeyWrapper open(Path file, boolean storeIsEmpty) {
    KeysetHandle keyset = TinkKeysetFile.open(file, storeIsEmpty);
    try {
      return new TinkKeyWrapper(
          keyset, keyset.getPrimitive(RegistryConfiguration.get(), Aead.class));
    } catch (GeneralSecurityException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, file + " has no usable primary key");
    }
  }

  @Override
  public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
    requireOpen();
    if (dataKey.size() != DATA_KEY_BYTES) {
      throw new IllegalArgumentException("a data key has 32 bytes");
    }
    byte[] ciphertext = dataKey.use(bytes -> encrypt(bytes, context.bytes()));
    return new WrappedKey(BACKEND, kekId(keyset.getPrimary().getId()), Blob.of(ciphertext));
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
    requireOpen();
    byte[] ciphertext = wrapped.ciphertext().bytes();
    if (!wrapped.backend().equals(BACKEND)
        || ciphertext.length != WRAPPED_BYTES
        || !wrapped.kekId().equals(kekId(ByteBuffer.wrap(ciphertext).getInt(1)))) {
      throw failed("it was not wrapped by this backend, or is damaged");
    }
    try {
      return SecretBytes.takeOver(aead.decrypt(ciphertext, context.bytes()));
    } catch (GeneralSecurityException e) {
      throw failed("the KEK " + wrapped.kekId() + " or the context is not the one of the wrapping");
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  private byte[] encrypt(byte[] dataKey, byte[] context) {
    try {
      return aead.encrypt(dataKey, context);
    } catch (GeneralSecurityException e) {
      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "the data key could not be wrapped");
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "the key backend has been closed");
    }
  }

  private static String kekId(int keyId) {
    return Integer.toUnsignedString(keyId);
  }

  private static Problem failed(String why) {
    return new Problem(
        ProblemCode.KEY_UNWRAP_FAILED,
        "a data key does not unwrap: " + why + "; restore store and KEK from the same backup");
  }
}
