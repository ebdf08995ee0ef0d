package dev.strongroom.keyservice.config;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.yaml.RecordReader;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The credentials file of the object storage. Both are texts, because the storage's client asks for
 * texts.
 */
public record StorageKeys(String accessKey, String secretKey) {

  /**
   * Reads the file: YAML with {@code accessKey} and {@code secretKey}.
   *
   * @throws Problem {@link ProblemCode#KEY_FILE_INSECURE}, {@link ProblemCode#KEY_FILE_MISSING},
   *     {@link ProblemCode#CONFIGURATION_INVALID}
   */
  public static StorageKeys read(Path file) {
    byte[] bytes = OwnerOnlyFile.read(file, 4096);
    try {
      return RecordReader.read(
              new String(bytes, StandardCharsets.UTF_8), StorageKeys.class, Path.of("/"), null)
          .orThrow("the credentials file " + file);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** The keys are secrets. */
  @Override
  public String toString() {
    return "StorageKeys[]";
  }
}
