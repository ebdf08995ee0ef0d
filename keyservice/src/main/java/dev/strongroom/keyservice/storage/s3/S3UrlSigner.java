package dev.strongroom.keyservice.storage.s3;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.keyservice.storage.ObjectStorage.Presigned;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;

/**
 * Presigns URLs with the SDK's signer (AWS Signature Version 4, query parameters). It asks the
 * signer directly: the presigner of the S3 client builds and resolves a whole request each time,
 * which costs several times as much, and every grant presigns each object of its version.
 */
final class S3UrlSigner {
  private static final int REMEMBERED = 16_384;
  private static final Duration FORGOTTEN = Duration.ofSeconds(2);

  private final S3Settings settings;
  private final AwsCredentialsProvider credentials;
  private final Clock clock;
  private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
  private final SdkHttpRequest origin;
  private final String prefix;
  private final Cache<Read, Signed> reads =
      Caffeine.newBuilder().maximumSize(REMEMBERED).expireAfterWrite(FORGOTTEN).build();

  private record Read(ObjectName object, String etag, Duration lifetime) {}

  private record Signed(long second, Presigned presigned) {}

  S3UrlSigner(S3Settings settings, AwsCredentialsProvider credentials, InstantSource clock) {
    this.settings = settings;
    this.credentials = credentials;
    this.clock = clock.withZone(ZoneOffset.UTC);
    this.origin =
        SdkHttpRequest.builder().method(SdkHttpMethod.GET).uri(settings.bucketOrigin()).build();
    this.prefix = settings.pathStyle() ? "/" + settings.bucket() + "/" : "/";
  }

  /** Within one second every caller gets the same URL: the signature dates from that second. */
  Presigned get(ObjectName object, String etag, Duration lifetime) {
    long second = clock.instant().getEpochSecond();
    Read read = new Read(object, etag, lifetime);
    Signed last = reads.getIfPresent(read);
    if (last != null && last.second() == second) {
      return last.presigned();
    }
    // Outside the cache, because credentials may have to be fetched; signing twice does no harm.
    Presigned presigned = signGet(object, etag, lifetime);
    reads.put(read, new Signed(second, presigned));
    return presigned;
  }

  private Presigned signGet(ObjectName object, String etag, Duration lifetime) {
    SdkHttpRequest request =
        origin.toBuilder()
            .method(SdkHttpMethod.GET)
            .encodedPath(prefix + object.value())
            .putHeader("If-Match", etag)
            .build();
    return new Presigned(sign(request, lifetime), Map.of("If-Match", etag));
  }

  Presigned part(ObjectName object, String uploadId, int partNumber, Duration lifetime) {
    SdkHttpRequest request =
        origin.toBuilder()
            .method(SdkHttpMethod.PUT)
            .encodedPath(prefix + object.value())
            .putRawQueryParameter("partNumber", Integer.toString(partNumber))
            .putRawQueryParameter("uploadId", uploadId)
            .build();
    return new Presigned(sign(request, lifetime), Map.of());
  }

  private String sign(SdkHttpRequest request, Duration lifetime) {
    return signer
        .sign(to ->
            to.identity(credentials.resolveCredentials())
                .request(request)
                .putProperty(HttpSigner.SIGNING_CLOCK, clock)
                .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "s3")
                .putProperty(AwsV4HttpSigner.REGION_NAME, settings.region())
                .putProperty(AwsV4FamilyHttpSigner.DOUBLE_URL_ENCODE, false)
                .putProperty(AwsV4FamilyHttpSigner.NORMALIZE_PATH, false)
                .putProperty(AwsV4FamilyHttpSigner.PAYLOAD_SIGNING_ENABLED, false)
                .putProperty(AwsV4FamilyHttpSigner.AUTH_LOCATION, AuthLocation.QUERY_STRING)
                .putProperty(AwsV4FamilyHttpSigner.EXPIRATION_DURATION, lifetime))
        .request()
        .getUri()
        .toString();
  }
}
