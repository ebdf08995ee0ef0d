package dev.strongroom.keyservice.storage.s3;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.StorageConfig;
import dev.strongroom.keyservice.storage.ObjectStorage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * Object storage over S3: AWS, or a server that speaks its protocol. Calls block the calling
 * thread, are tried a bounded number of times and end in a bounded time. Thread-safe.
 *
 * <p>Object names are the opaque names of manifests; anything else is refused, so that no key
 * outside the service's own can be addressed.
 */
public final class S3ObjectStorage implements ObjectStorage {
  /** What the storage answers when the parts named are not the parts that it has. */
  private static final Set<String> PARTS_MISMATCH =
      Set.of("InvalidPart", "InvalidPartOrder", "EntityTooSmall", "NoSuchUpload");

  private final S3Settings settings;
  private final S3Client client;
  private final S3UrlSigner urls;

  /**
   * @param credentials asked anew for each signature, so that rotated ones are taken up
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the {@code caFile} is not usable
   */
  public S3ObjectStorage(
      S3Settings settings, AwsCredentialsProvider credentials, InstantSource clock) {
    this.settings = settings;
    this.urls = new S3UrlSigner(settings, credentials, clock);
    this.client =
        S3Client.builder()
            .endpointOverride(settings.endpoint())
            .region(Region.of(settings.region()))
            .forcePathStyle(settings.pathStyle())
            .credentialsProvider(credentials)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .httpClientBuilder(http(settings))
            .overrideConfiguration(with ->
                with.retryStrategy(
                        StandardRetryStrategy.builder().maxAttempts(settings.attempts()).build())
                    .apiCallAttemptTimeout(settings.attemptTimeout())
                    .apiCallTimeout(settings.callTimeout()))
            .build();
  }

  /**
   * The storage that a configuration names.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when a file that it names is not
   *     usable, {@link ProblemCode#KEY_FILE_INSECURE} when others may read its credentials
   */
  public static S3ObjectStorage of(StorageConfig wanted, InstantSource clock) {
    return new S3ObjectStorage(
        S3Settings.of(
            wanted.endpoint(),
            wanted.region(),
            wanted.bucket(),
            wanted.pathStyle(),
            wanted.caFile()),
        switch (wanted.credentials()) {
          case StorageConfig.Credentials.File file -> S3Credentials.read(file.path());
          case StorageConfig.Credentials.DefaultChain chain -> S3Credentials.defaultChain();
        },
        clock);
  }

  // Completing an upload may be silent for long; other calls are bounded by the attempt's timeout.
  private static UrlConnectionHttpClient.Builder http(S3Settings settings) {
    UrlConnectionHttpClient.Builder http =
        UrlConnectionHttpClient.builder()
            .connectionTimeout(settings.attemptTimeout())
            .socketTimeout(settings.completeTimeout());
    Path caFile = settings.caFile();
    return caFile == null ? http : http.tlsTrustManagersProvider(new CaFileTrust(caFile));
  }

  @Override
  public Presigned presignGet(String objectName, String etag, Duration lifetime) {
    return urls.get(new ObjectName(objectName), etag, lifetime);
  }

  @Override
  public Presigned presignPart(
      String objectName, String uploadId, int partNumber, Duration lifetime) {
    return urls.part(new ObjectName(objectName), uploadId, partNumber, lifetime);
  }

  @Override
  public String beginUpload(String objectName) {
    String key = new ObjectName(objectName).value();
    return call(() ->
        client
            .createMultipartUpload(with ->
                with.bucket(settings.bucket()).key(key).contentType("application/octet-stream"))
            .uploadId());
  }

  /**
   * @throws Problem {@link ProblemCode#OBJECT_MISMATCH} when the storage does not have exactly
   *     these parts, {@link ProblemCode#STORAGE_UNAVAILABLE}
   */
  @Override
  public Stored complete(String objectName, String uploadId, List<Upload.Part> parts) {
    String key = new ObjectName(objectName).value();
    List<CompletedPart> named =
        parts.stream()
            .map(
                part -> CompletedPart.builder().partNumber(part.number()).eTag(part.etag()).build())
            .toList();
    AwsRequestOverrideConfiguration patient =
        AwsRequestOverrideConfiguration.builder()
            .apiCallAttemptTimeout(settings.completeTimeout())
            .apiCallTimeout(settings.completeTimeout())
            .build();
    try {
      client.completeMultipartUpload(with ->
          with.bucket(settings.bucket())
              .key(key)
              .uploadId(uploadId)
              .multipartUpload(upload -> upload.parts(named))
              .overrideConfiguration(patient));
    } catch (AwsServiceException e) {
      if (PARTS_MISMATCH.contains(codeOf(e))) {
        throw new Problem(
            ProblemCode.OBJECT_MISMATCH,
            "the storage does not hold the parts that were named ("
                + codeOf(e)
                + "); upload them again, or abandon the object and begin a new one",
            e);
      }
      throw unavailable(e);
    } catch (SdkException e) {
      throw unavailable(e);
    }
    return head(key)
        .orElseThrow(() ->
            new Problem(
                ProblemCode.OBJECT_MISMATCH,
                "the object is gone right after it was completed; begin a new one"));
  }

  @Override
  public void abort(String objectName, String uploadId) {
    String key = new ObjectName(objectName).value();
    try {
      client.abortMultipartUpload(
          with -> with.bucket(settings.bucket()).key(key).uploadId(uploadId));
    } catch (AwsServiceException e) {
      if (e.statusCode() != 404) {
        throw unavailable(e);
      }
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  @Override
  public Optional<Stored> head(String objectName) {
    String key = new ObjectName(objectName).value();
    try {
      HeadObjectResponse head = client.headObject(with -> with.bucket(settings.bucket()).key(key));
      return Optional.of(new Stored(head.contentLength(), head.eTag()));
    } catch (AwsServiceException e) {
      if (e.statusCode() == 404) {
        return Optional.empty();
      }
      throw unavailable(e);
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  @Override
  public void delete(String objectName) {
    String key = new ObjectName(objectName).value();
    call(() -> client.deleteObject(with -> with.bucket(settings.bucket()).key(key)));
  }

  @Override
  public void check() {
    call(() -> client.headBucket(with -> with.bucket(settings.bucket())));
  }

  @Override
  public void close() {
    client.close();
  }

  private static <T> T call(Supplier<T> operation) {
    try {
      return operation.get();
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  // The SDK's message may hold the request's URL: only the status and the code are repeated.
  private static Problem unavailable(SdkException e) {
    String why =
        e instanceof AwsServiceException answer
            ? "it answered " + answer.statusCode() + " " + codeOf(answer)
            : "it does not answer";
    return new Problem(
        ProblemCode.STORAGE_UNAVAILABLE,
        "the object storage cannot be used: " + why + "; " + toDo(e),
        e);
  }

  private static String toDo(SdkException e) {
    return e instanceof AwsServiceException answer
        ? switch (answer.statusCode()) {
          case 404 -> "make the bucket, or correct storage.bucket";
          case 301, 400 -> "correct storage.region, storage.bucket or storage.endpoint";
          case 401, 403 -> "check the credentials, and what they allow in this bucket";
          default -> "try again later";
        }
        : "check storage.endpoint, and try again";
  }

  private static String codeOf(AwsServiceException e) {
    return e.awsErrorDetails() == null ? "" : String.valueOf(e.awsErrorDetails().errorCode());
  }
}
