package dev.strongroom.keyservice.kms;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeyStatus;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** What an operator does to a keyset file with {@code tinkey}. */
public final class TinkKeysets {
  private TinkKeysets() {}

  /** Adds a key as the primary one, and disables the one that was. */
  public static void retirePrimary(Path file) {
    change(
        file,
        entry -> entry.isPrimary() ? KeyStatus.DISABLED : entry.getStatus(),
        builder ->
            builder.addEntry(
                KeysetHandle.generateEntryFromParameters(PredefinedAeadParameters.AES256_GCM)
                    .withRandomId()
                    .makePrimary()));
  }

  /** Destroys every key but the primary one. */
  public static void destroyOlder(Path file) {
    change(
        file,
        entry -> entry.isPrimary() ? KeyStatus.ENABLED : KeyStatus.DESTROYED,
        builder -> builder);
  }

  private static void change(
      Path file,
      Function<KeysetHandle.Entry, KeyStatus> status,
      UnaryOperator<KeysetHandle.Builder> more) {
    try {
      KeysetHandle before =
          TinkJsonProtoKeysetFormat.parseKeyset(
              Files.readString(file), InsecureSecretKeyAccess.get());
      KeysetHandle.Builder after = KeysetHandle.newBuilder();
      for (int i = 0; i < before.size(); i++) {
        KeysetHandle.Entry entry = before.getAt(i);
        KeysetHandle.Builder.Entry kept =
            KeysetHandle.importKey(entry.getKey())
                .withFixedId(entry.getId())
                .setStatus(status.apply(entry));
        after.addEntry(
            entry.isPrimary() && status.apply(entry) == KeyStatus.ENABLED
                ? kept.makePrimary()
                : kept);
      }
      Files.writeString(
          file,
          TinkJsonProtoKeysetFormat.serializeKeyset(
              more.apply(after).build(), InsecureSecretKeyAccess.get()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the keyset file of the test", e);
    }
  }
}
