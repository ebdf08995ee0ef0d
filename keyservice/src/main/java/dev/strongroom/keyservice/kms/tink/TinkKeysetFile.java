package dev.strongroom.keyservice.kms.tink;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeyStatus;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * The file of the KEK: a Tink keyset in JSON, as {@code tinkey} reads and writes it. Every key in
 * it that is in use is AES-256-GCM with Tink's prefix. The keyset passes through a text while it is
 * read, because Tink's format asks for one; it is in memory for as long as the service runs anyway.
 */
final class TinkKeysetFile {
  private static final int MAX_BYTES = 64 * 1024;
  private static final int KEY_BYTES = 32;

  private TinkKeysetFile() {}

  /**
   * Reads the keyset, or makes it beside a store that is empty.
   *
   * @param storeIsEmpty whether nothing was ever wrapped
   * @throws Problem {@link ProblemCode#KEY_FILE_MISSING}, {@link ProblemCode#KEY_FILE_INSECURE},
   *     {@link ProblemCode#CONFIGURATION_INVALID} when it holds other keys
   */
  static KeysetHandle open(Path file, boolean storeIsEmpty) {
    try {
      AeadConfig.register();
      if (!OwnerOnlyFile.isPresent(file)) {
        if (!storeIsEmpty) {
          throw missing(file);
        }
        create(file);
      }
      return requireAes256Gcm(read(file), file);
    } catch (GeneralSecurityException e) {
      // The cause may quote the file: it is not passed on.
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, file + " is not a Tink keyset in JSON with AEAD keys");
    }
  }

  static Problem missing(Path file) {
    return new Problem(
        ProblemCode.KEY_FILE_MISSING,
        file
            + " is missing, and the store holds data keys that only it unwraps: restore it from its"
            + " backup. A new one is never made beside a store that is not empty");
  }

  private static KeysetHandle read(Path file) throws GeneralSecurityException {
    byte[] bytes = OwnerOnlyFile.read(file, MAX_BYTES);
    try {
      return TinkJsonProtoKeysetFormat.parseKeyset(
          new String(bytes, StandardCharsets.UTF_8), InsecureSecretKeyAccess.get());
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /**
   * Adds a key, makes it the primary one, and writes the file anew.
   *
   * @return what the file holds now
   * @throws Problem {@link ProblemCode#KEK_ROTATION_UNSUPPORTED} when the file cannot be written
   *     here, for example a mounted secret
   */
  static KeysetHandle rotate(Path file) {
    try {
      KeysetHandle rotated =
          KeysetHandle.newBuilder(requireAes256Gcm(read(file), file))
              .addEntry(
                  KeysetHandle.generateEntryFromParameters(PredefinedAeadParameters.AES256_GCM)
                      .withRandomId()
                      .makePrimary())
              .build();
      byte[] json = json(rotated);
      try {
        OwnerOnlyFile.replace(file, json);
      } finally {
        Arrays.fill(json, (byte) 0);
      }
      return rotated;
    } catch (IOException | GeneralSecurityException e) {
      // The cause may quote the file: it is not passed on.
      throw new Problem(
          ProblemCode.KEK_ROTATION_UNSUPPORTED,
          file
              + " cannot be written in its place: run tinkey rotate-keyset (AES256_GCM) where it"
              + " comes from, and restart the service with the result");
    }
  }

  /**
   * Takes a key out of the file, and overwrites what the file was before.
   *
   * @return what the file holds now
   * @throws Problem {@link ProblemCode#KEK_ERASE_UNSUPPORTED} when the file cannot be written here
   */
  static KeysetHandle remove(Path file, int keyId) {
    try {
      KeysetHandle before = requireAes256Gcm(read(file), file);
      KeysetHandle.Builder after = KeysetHandle.newBuilder();
      for (int i = 0; i < before.size(); i++) {
        KeysetHandle.Entry entry = before.getAt(i);
        if (entry.getId() != keyId) {
          KeysetHandle.Builder.Entry kept =
              KeysetHandle.importKey(entry.getKey())
                  .withFixedId(entry.getId())
                  .setStatus(entry.getStatus());
          after.addEntry(entry.isPrimary() ? kept.makePrimary() : kept);
        }
      }
      KeysetHandle without = after.build();
      byte[] json = json(without);
      try {
        OwnerOnlyFile.replaceAndOverwrite(file, json);
      } finally {
        Arrays.fill(json, (byte) 0);
      }
      return without;
    } catch (IOException | GeneralSecurityException e) {
      // The cause may quote the file: it is not passed on.
      throw new Problem(
          ProblemCode.KEK_ERASE_UNSUPPORTED,
          file
              + " cannot be written in its place: run tinkey delete-key --key-id "
              + Integer.toUnsignedString(keyId)
              + " where it comes from, and restart the service with the result");
    }
  }

  /**
   * Overwrites and removes the file.
   *
   * @throws Problem {@link ProblemCode#KEK_ERASE_UNSUPPORTED} when it cannot be removed here
   */
  static void destroy(Path file) {
    try {
      OwnerOnlyFile.overwriteAndDelete(file);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.KEK_ERASE_UNSUPPORTED,
          file + " cannot be removed by the service: run shred --remove on it where it comes from",
          e);
    }
  }

  /** Whether the file is away from its folder. Where the folder is away, too, nothing is known. */
  static boolean isRemoved(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return folder != null
        && Files.isDirectory(folder)
        && Files.notExists(file, LinkOption.NOFOLLOW_LINKS);
  }

  private static void create(Path file) throws GeneralSecurityException {
    byte[] json = json(KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM));
    try {
      OwnerOnlyFile.create(file, json);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.KEY_FILE_MISSING,
          file + " cannot be made: check that its folder exists and is writable",
          e);
    } finally {
      Arrays.fill(json, (byte) 0);
    }
  }

  private static byte[] json(KeysetHandle keyset) throws GeneralSecurityException {
    return TinkJsonProtoKeysetFormat.serializeKeyset(keyset, InsecureSecretKeyAccess.get())
        .getBytes(StandardCharsets.UTF_8);
  }

  private static KeysetHandle requireAes256Gcm(KeysetHandle handle, Path file) {
    for (int i = 0; i < handle.size(); i++) {
      KeysetHandle.Entry entry = handle.getAt(i);
      boolean strong =
          entry.getKey().getParameters() instanceof AesGcmParameters gcm
              && gcm.getKeySizeBytes() == KEY_BYTES
              && gcm.getVariant() == AesGcmParameters.Variant.TINK;
      if (entry.getStatus() == KeyStatus.ENABLED && !strong) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID,
            file + " holds a key that is not AES256_GCM with Tink's prefix: remove or disable it");
      }
    }
    return handle;
  }
}
