package dev.strongroom.keyservice;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.OwnerOnlyFile;
import dev.strongroom.keyservice.config.yaml.RecordReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** The file of storage credentials: a YAML mapping of {@code accessKey} and {@code secretKey}. */
public record StorageCredentials(String accessKey, String secretKey) {
  private static final int MAX_BYTES = 4_096;

  /**
   * @throws Problem {@link ProblemCode#KEY_FILE_INSECURE} when others may read it, {@link
   *     ProblemCode#KEY_FILE_MISSING}, {@link ProblemCode#CONFIGURATION_INVALID}
   */
  static AwsCredentialsProvider read(Path file) {
    byte[] yaml = OwnerOnlyFile.read(file, MAX_BYTES);
    try {
      StorageCredentials read =
          RecordReader.read(
                  new String(yaml, StandardCharsets.UTF_8),
                  StorageCredentials.class,
                  file.toAbsolutePath(),
                  null)
              .orThrow("the storage credentials " + file);
      return StaticCredentialsProvider.create(
          AwsBasicCredentials.create(read.accessKey(), read.secretKey()));
    } finally {
      Arrays.fill(yaml, (byte) 0);
    }
  }

  /** Never the secret. */
  @Override
  public String toString() {
    return "StorageCredentials[]";
  }
}
