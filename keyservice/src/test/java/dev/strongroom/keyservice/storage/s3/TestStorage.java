package dev.strongroom.keyservice.storage.s3;

import dev.strongroom.testkit.objectstore.S3Endpoint;
import java.time.InstantSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** The storage over a server of the test kit. */
public final class TestStorage {
  private TestStorage() {}

  public static S3ObjectStorage of(S3Endpoint endpoint, InstantSource clock) {
    return new S3ObjectStorage(
        S3Settings.of(endpoint.uri(), endpoint.region(), endpoint.bucket(), true, null),
        StaticCredentialsProvider.create(
            AwsBasicCredentials.create(endpoint.accessKey(), endpoint.secretKey())),
        clock);
  }
}
