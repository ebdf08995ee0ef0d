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

/** What an operator does to a keyset file with {@code tinkey}. */
public final class TinkKeysets {
  private TinkKeysets() {}

  /** Adds a key as the primary one, and disables the one that was. */
  public static void retirePrimary(Path file) {
    try {
      KeysetHandle before =
          TinkJsonProtoKeysetFormat.parseKeyset(
              Files.readString(file), InsecureSecretKeyAccess.get());
      KeysetHandle.Builder after = KeysetHandle.newBuilder();
      for (int i = 0; i < before.size(); i++) {
        KeysetHandle.Entry entry = before.getAt(i);
        after.addEntry(
            KeysetHandle.importKey(entry.getKey())
                .withFixedId(entry.getId())
                .setStatus(entry.isPrimary() ? KeyStatus.DISABLED : entry.getStatus()));
      }
      after.addEntry(
          KeysetHandle.generateEntryFromParameters(PredefinedAeadParameters.AES256_GCM)
              .withRandomId()
              .makePrimary());
      Files.writeString(
          file,
          TinkJsonProtoKeysetFormat.serializeKeyset(after.build(), InsecureSecretKeyAccess.get()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the keyset file of the test", e);
    }
  }
}
