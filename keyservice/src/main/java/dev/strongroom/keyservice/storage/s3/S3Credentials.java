package dev.strongroom.keyservice.storage.s3;

import dev.strongroom.keyservice.config.StorageKeys;
import java.nio.file.Path;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Where the credentials of the storage come from. */
public final class S3Credentials {
  private S3Credentials() {}

  /**
   * The pair in a file.
   *
   * @throws dev.strongroom.core.problem.Problem as {@link StorageKeys#read}
   */
  public static AwsCredentialsProvider read(Path file) {
    StorageKeys keys = StorageKeys.read(file);
    return StaticCredentialsProvider.create(
        AwsBasicCredentials.create(keys.accessKey(), keys.secretKey()));
  }

  /** What the AWS SDK finds: environment, profile, or the role of the machine. */
  public static AwsCredentialsProvider defaultChain() {
    return DefaultCredentialsProvider.builder().build();
  }
}
