package dev.strongroom.keyservice.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.objectstore.S3Endpoint;
import dev.strongroom.testkit.objectstore.S3ProxyServer;
import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import dev.strongroom.testkit.process.FreePorts;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** What is particular to S3: faults, addressing, TLS. */
class S3ObjectStorageTest {
  private static final String NAME = "0123456789abcdef0123456789abcdef";

  @TempDir Path folder;

  @Test
  void reportsAServerThatDoesNotAnswer() {
    URI nobody = URI.create("http://127.0.0.1:" + FreePorts.next());
    S3Endpoint endpoint = new S3Endpoint(nobody, "us-east-1", "weights", "key", "secret");
    try (S3ObjectStorage storage = TestStorage.of(endpoint, InstantSource.system())) {
      for (org.junit.jupiter.api.function.Executable call :
          List.<org.junit.jupiter.api.function.Executable>of(
              storage::check,
              () -> storage.head(NAME),
              () -> storage.beginUpload(NAME),
              () -> storage.complete(NAME, "u", List.of()),
              () -> storage.abort(NAME, "u"),
              () -> storage.delete(NAME))) {
        assertEquals(ProblemCode.STORAGE_UNAVAILABLE, assertThrows(Problem.class, call).code());
      }
    }
  }

  /** The dates in a signature are whole seconds; no caller gets a URL that runs out earlier. */
  @Test
  void signsAReadOnceForEachSecond() {
    AtomicLong now = new AtomicLong(Instant.parse("2026-01-01T00:00:00Z").toEpochMilli());
    URI nobody = URI.create("http://127.0.0.1:" + FreePorts.next());
    S3Endpoint endpoint = new S3Endpoint(nobody, "us-east-1", "weights", "key", "secret");
    try (S3ObjectStorage storage =
        TestStorage.of(endpoint, () -> Instant.ofEpochMilli(now.get()))) {
      Duration minute = Duration.ofMinutes(1);
      String first = storage.presignGet(NAME, "\"e\"", minute).url();
      now.addAndGet(999);
      assertEquals(first, storage.presignGet(NAME, "\"e\"", minute).url());
      assertNotEquals(first, storage.presignGet(NAME, "\"f\"", minute).url());
      assertNotEquals(first, storage.presignGet(NAME, "\"e\"", minute.plusSeconds(1)).url());
      now.addAndGet(1);
      assertNotEquals(first, storage.presignGet(NAME, "\"e\"", minute).url());
    }
  }

  @Test
  void reportsCredentialsThatAreRefused() {
    try (S3ProxyServer server = S3ProxyServer.start(folder)) {
      S3Endpoint right = server.endpoint();
      S3Endpoint wrong =
          new S3Endpoint(right.uri(), right.region(), right.bucket(), right.accessKey(), "wrong");
      try (S3ObjectStorage storage = TestStorage.of(wrong, InstantSource.system())) {
        Problem problem = assertThrows(Problem.class, () -> storage.beginUpload(NAME));
        assertEquals(ProblemCode.STORAGE_UNAVAILABLE, problem.code());
        assertTrue(String.valueOf(problem.getMessage()).contains("403"), problem::toString);
      }
    }
  }

  @Test
  void reportsABucketThatIsNotThere() {
    try (S3ProxyServer server = S3ProxyServer.start(folder)) {
      S3Endpoint right = server.endpoint();
      S3Endpoint wrong =
          new S3Endpoint(
              right.uri(), right.region(), "no-such-bucket", right.accessKey(), right.secretKey());
      try (S3ObjectStorage storage = TestStorage.of(wrong, InstantSource.system())) {
        assertEquals(
            ProblemCode.STORAGE_UNAVAILABLE, assertThrows(Problem.class, storage::check).code());
      }
    }
  }

  @Test
  void trustsTheAuthoritiesOfItsFileAlone() throws Exception {
    SelfSignedKeyStore tls = SelfSignedKeyStore.in(folder);
    S3ProxyServer.Options options =
        new S3ProxyServer.Options(folder.resolve("objects"), "weights", "key", "secret", 0, tls);
    try (S3ProxyServer server = S3ProxyServer.start(options);
        S3ObjectStorage trusting = over(server.endpoint(), tls.certificate());
        S3ObjectStorage strange = over(server.endpoint(), null)) {
      trusting.check();
      assertEquals(
          ProblemCode.STORAGE_UNAVAILABLE, assertThrows(Problem.class, strange::check).code());
    }
    Path empty = Files.writeString(folder.resolve("empty.pem"), "");
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> new CaFileTrust(empty)).code());
  }

  @Test
  void putsTheBucketWhereTheSettingsSay() {
    assertTrue(
        urlWith(true, "https://s3.test:9000").startsWith("https://s3.test:9000/b-1/" + NAME));
    assertTrue(
        urlWith(false, "https://s3.test:9000").startsWith("https://b-1.s3.test:9000/" + NAME));
    assertTrue(urlWith(false, "https://s3.test").startsWith("https://b-1.s3.test/" + NAME));
  }

  @Test
  void signsWithSessionCredentials() {
    S3UrlSigner signer =
        new S3UrlSigner(
            S3Settings.of(URI.create("https://s3.test"), "eu-west-1", "b-1", true, null),
            StaticCredentialsProvider.create(AwsSessionCredentials.create("k", "s", "session")),
            InstantSource.system());
    String url =
        signer
            .get(new dev.strongroom.core.manifest.ObjectName(NAME), "\"e\"", Duration.ofMinutes(1))
            .url();
    assertTrue(url.contains("X-Amz-Security-Token=session"), "the token is part of the URL");
    assertTrue(url.contains("X-Amz-SignedHeaders=host%3Bif-match"), "If-Match is signed");
    assertTrue(url.contains("X-Amz-Expires=60"), "the lifetime is signed");
  }

  @Test
  void refusesSettingsOutOfRange() {
    for (String endpoint : List.of("https://u:p@s3.test", "https://s3.test/path", "https:s3")) {
      assertEquals(
          ProblemCode.CONFIGURATION_INVALID,
          assertThrows(
                  Problem.class, () -> S3Settings.of(URI.create(endpoint), "r", "b-1", true, null))
              .code(),
          endpoint);
    }
  }

  private static String urlWith(boolean pathStyle, String endpoint) {
    try (S3ObjectStorage storage =
        new S3ObjectStorage(
            S3Settings.of(URI.create(endpoint), "eu-west-1", "b-1", pathStyle, null),
            StaticCredentialsProvider.create(AwsBasicCredentials.create("k", "s")),
            InstantSource.system())) {
      return storage.presignGet(NAME, "\"e\"", Duration.ofMinutes(1)).url();
    }
  }

  private static S3ObjectStorage over(
      S3Endpoint endpoint, @org.jspecify.annotations.Nullable Path caFile) {
    return new S3ObjectStorage(
        S3Settings.of(endpoint.uri(), endpoint.region(), endpoint.bucket(), true, caFile),
        StaticCredentialsProvider.create(
            AwsBasicCredentials.create(endpoint.accessKey(), endpoint.secretKey())),
        InstantSource.system());
  }
}
