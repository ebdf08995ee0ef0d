package dev.strongroom.keyservice;

import dev.strongroom.keyservice.config.StorageKeys;
import java.nio.file.Path;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Hands the file of storage credentials to the storage's client. */
final class StorageCredentials {
  private StorageCredentials() {}

  /**
   * @throws dev.strongroom.core.problem.Problem as {@link StorageKeys#read}
   */
  static AwsCredentialsProvider read(Path file) {
    StorageKeys keys = StorageKeys.read(file);
    return StaticCredentialsProvider.create(
        AwsBasicCredentials.create(keys.accessKey(), keys.secretKey()));
  }
}
