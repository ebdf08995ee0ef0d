package dev.strongroom.keyservice.kms.vault;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What Vault says of a key of the transit engine ({@code GET transit/keys/NAME}).
 *
 * @param latestVersion from 1
 * @param minDecryptionVersion older versions unwrap nothing, until it is lowered again
 * @param minAvailableVersion older versions are destroyed
 * @param versions those that are there
 */
record TransitKey(
    String type,
    boolean derived,
    boolean convergent,
    boolean exportable,
    boolean plaintextBackup,
    boolean deletionAllowed,
    int latestVersion,
    int minDecryptionVersion,
    int minAvailableVersion,
    SortedSet<Integer> versions) {
  private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,8}");

  /**
   * Reads the {@code data} of the answer. What does not say that it is sound is not.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when its versions are not told as
   *     Vault tells them
   */
  static TransitKey of(JsonNode data) {
    TreeSet<Integer> versions = new TreeSet<>();
    data.path("keys").fieldNames().forEachRemaining(name -> versions.add(version(name)));
    return new TransitKey(
        data.path("type").asText(),
        data.path("derived").asBoolean(false),
        data.path("convergent_encryption").asBoolean(false),
        data.path("exportable").asBoolean(true),
        data.path("allow_plaintext_backup").asBoolean(true),
        data.path("deletion_allowed").asBoolean(true),
        version(data.path("latest_version").asText()),
        version(data.path("min_decryption_version").asText()),
        data.path("min_available_version").asInt(),
        versions);
  }

  /** Whether Vault has this version, though it may be shut out. */
  boolean has(String version) {
    return VERSION.matcher(version).matches()
        && Integer.parseInt(version) >= minAvailableVersion
        && Integer.parseInt(version) <= latestVersion;
  }

  private static int version(String text) {
    if (!VERSION.matcher(text).matches()) {
      throw new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          "what answers for Vault does not tell the versions of a key as a transit engine does");
    }
    return Integer.parseInt(text);
  }

  /**
   * Refuses a key that would bind no context or may leave Vault.
   *
   * @throws Problem {@link ProblemCode#KEK_UNUSABLE} that names every reason
   */
  void requireSound(String kek) {
    List<String> faults = new ArrayList<>();
    if (!type.equals("aes256-gcm96")) {
      faults.add("its type is '" + type + "' and not aes256-gcm96");
    }
    if (!derived) {
      faults.add("it is not derived, so that Vault would ignore what a data key is for");
    }
    if (convergent) {
      faults.add("it is convergent, so that equal data keys show");
    }
    if (exportable) {
      faults.add("it is exportable");
    }
    if (plaintextBackup) {
      faults.add("plaintext backups of it are allowed");
    }
    if (!faults.isEmpty()) {
      throw new Problem(
          ProblemCode.KEK_UNUSABLE,
          "the key "
              + kek
              + " of Vault is refused: "
              + String.join("; ", faults)
              + ". None of this can be taken back: make a new key with 'vault write -f MOUNT/keys/"
              + "NAME type=aes256-gcm96 derived=true' and name it in kek.vault.key");
    }
  }
}
