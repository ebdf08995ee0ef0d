package dev.strongroom.keyservice.kms.tink;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KeyStatus;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Wraps data keys with AES-256-GCM under a KEK in a Tink keyset file. The context is the associated
 * data; a version of the KEK is a key of the keyset. The default backend: whoever reads the file
 * and the store has every data key, so a KMS or an HSM is the better home of a KEK where there is
 * one.
 */
public final class TinkKeyWrapper implements KeyWrapper {
  public static final String BACKEND = "tink";

  /** A file has no name of its own that would stay; its keys tell it from others. */
  public static final String KEK = "keyset";

  /** Prefix (1 + 4), IV (12), data key, tag (16). */
  private static final int WRAPPED_BYTES = 5 + 12 + DATA_KEY_BYTES + 16;

  private final Path file;
  private volatile Opened opened;
  private volatile boolean closed;

  /** A keyset and what uses it: replaced together. */
  private record Opened(KeysetHandle keyset, Aead aead) {
    static Opened of(KeysetHandle keyset, Path file) {
      try {
        return new Opened(keyset, keyset.getPrimitive(RegistryConfiguration.get(), Aead.class));
      } catch (GeneralSecurityException e) {
        throw new Problem(ProblemCode.CONFIGURATION_INVALID, file + " has no usable primary key");
      }
    }

    String newest() {
      return version(keyset.getPrimary().getId());
    }

    Optional<KeyStatus> status(String version) {
      for (int i = 0; i < keyset.size(); i++) {
        if (version(keyset.getAt(i).getId()).equals(version)) {
          return Optional.of(keyset.getAt(i).getStatus());
        }
      }
      return Optional.empty();
    }
  }

  private TinkKeyWrapper(Path file, KeysetHandle keyset) {
    this.file = file;
    this.opened = Opened.of(keyset, file);
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
    return new TinkKeyWrapper(file, TinkKeysetFile.open(file, storeIsEmpty));
  }

  @Override
  public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
    requireOpen();
    if (dataKey.size() != DATA_KEY_BYTES) {
      throw new IllegalArgumentException("a data key has 32 bytes");
    }
    Opened now = opened;
    byte[] ciphertext = dataKey.use(bytes -> encrypt(now.aead(), bytes, context.bytes()));
    return new WrappedKey(
        BACKEND, KEK, version(ByteBuffer.wrap(ciphertext).getInt(1)), Blob.of(ciphertext));
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
    requireOpen();
    byte[] ciphertext = wrapped.ciphertextFrom(BACKEND);
    if (!wrapped.kekId().equals(KEK)
        || ciphertext.length != WRAPPED_BYTES
        || !wrapped.kekVersion().equals(version(ByteBuffer.wrap(ciphertext).getInt(1)))) {
      throw WrappedKey.refused("it was not wrapped by this backend, or is damaged");
    }
    Opened now = opened;
    requireUsable(now, wrapped.kekVersion());
    try {
      return SecretBytes.takeOver(now.aead().decrypt(ciphertext, context.bytes()));
    } catch (GeneralSecurityException e) {
      throw WrappedKey.refused(
          "the key " + wrapped.kekVersion() + " or the context is not the one of the wrapping");
    }
  }

  /** Whether a KEK version is a key of this file, usable or not. */
  public boolean holds(KekVersion version) {
    return version.backend().equals(BACKEND)
        && version.kekId().equals(KEK)
        && opened.status(version.version()).isPresent();
  }

  @Override
  public KekStatus status() {
    requireOpen();
    Opened now = opened;
    List<String> versions = new ArrayList<>();
    for (int i = 0; i < now.keyset().size(); i++) {
      if (now.keyset().getAt(i).getStatus() == KeyStatus.ENABLED) {
        versions.add(version(now.keyset().getAt(i).getId()));
      }
    }
    return new KekStatus(BACKEND, KEK, now.newest(), versions);
  }

  @Override
  public synchronized KekStatus rotate() {
    requireOpen();
    opened = Opened.of(TinkKeysetFile.rotate(file), file);
    return status();
  }

  /** Removes the key from the file; the whole KEK is the file. */
  @Override
  public synchronized void destroy(String version) {
    requireOpen();
    if (version.isEmpty()) {
      TinkKeysetFile.destroy(file);
      closed = true;
    } else {
      opened = Opened.of(TinkKeysetFile.remove(file, Integer.parseUnsignedInt(version)), file);
    }
  }

  /** Not in the file, whatever its status there; for the whole KEK, no file in its folder. */
  @Override
  public Optional<String> gone(String version) {
    boolean there =
        version.isEmpty()
            ? !TinkKeysetFile.isRemoved(file)
            : Opened.of(TinkKeysetFile.open(file, false), file).status(version).isPresent();
    return gone(there, file);
  }

  static Optional<String> gone(boolean there, Path file) {
    return there
        ? Optional.empty()
        : Optional.of("backups of " + file + ", and what its disk keeps of overwritten blocks");
  }

  @Override
  public void close() {
    closed = true;
  }

  private static byte[] encrypt(Aead aead, byte[] dataKey, byte[] context) {
    try {
      return aead.encrypt(dataKey, context);
    } catch (GeneralSecurityException e) {
      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "the data key could not be wrapped");
    }
  }

  private void requireUsable(Opened now, String version) {
    KeyStatus status = now.status(version).orElse(null);
    if (status == null) {
      throw WrappedKey.refused("its KEK " + version + " is not in " + file);
    }
    if (status != KeyStatus.ENABLED) {
      throw new Problem(
          ProblemCode.KEK_UNUSABLE,
          "the key " + version + " in " + file + " is disabled or destroyed");
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "the key backend has been closed");
    }
  }

  private static String version(int keyId) {
    return Integer.toUnsignedString(keyId);
  }
}
