package dev.strongroom.keyservice.kms.awskms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/** What does not answer as KMS does, and credentials that do not come. Needs no KMS. */
@Isolated("sets system properties")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KmsAnswersTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String KEY =
      "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000";
  private static final String OTHER = KEY.replace("key/0", "key/1");
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);
  private static final WrappedKey WRAPPED =
      new WrappedKey(AwsKmsKeyWrapper.BACKEND, KEY, "", Blob.of(new byte[] {1, 2, 3}));

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch over = new CountDownLatch(1);
  @TempDir private Path folder;
  private Properties before = new Properties();
  private volatile String answer = "{}";
  private HttpServer server;

  @BeforeEach
  void listen() throws IOException {
    before = (Properties) System.getProperties().clone();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.createContext("/trickle", this::trickle);
    server.start();
  }

  @AfterEach
  void stop() {
    System.setProperties(before);
    over.countDown();
    server.stop(0);
    threads.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      byte[] body = answer.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
      exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private void trickle(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, 1_000_000);
      OutputStream out = exchange.getResponseBody();
      while (!over.await(20, TimeUnit.MILLISECONDS)) {
        out.write(' ');
        out.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private KekConfig.Awskms config(Duration attemptTimeout) {
    return new KekConfig.Awskms(
        KEY,
        List.of(),
        uri(),
        new KekLimits(
            4, 4, attemptTimeout, attemptTimeout.multipliedBy(2), 1, Duration.ofSeconds(5)));
  }

  private AwsKmsKeyWrapper wrapper() {
    return AwsKmsKeyWrapper.open(config(Duration.ofSeconds(30)), TestKms.CREDENTIALS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "null",
        "<html>sign in</html>",
        "{\"KeyId\":\"" + KEY + "\",\"SourceKeyId\":\"" + KEY + "\"}",
        "{\"KeyId\":\"" + KEY + "\",\"Plaintext\":null,\"CiphertextBlob\":null}",
        "{\"KeyId\":\"" + KEY + "\",\"Plaintext\":\"***\",\"CiphertextBlob\":\"***\"}",
        "{\"KeyId\":\"" + KEY + "\",\"Plaintext\":{},\"CiphertextBlob\":[7],\"KeyMetadata\":7}",
      })
  void anAnswerThatLeavesOutWhatIsAskedForIsNeitherAFaultOfOursNorTampering(String given) {
    answer = given;
    try (AwsKmsKeyWrapper wrapper = wrapper();
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      assertAway(assertThrows(Problem.class, () -> wrapper.unwrap(WRAPPED, CONTEXT).close()));
      assertAway(assertThrows(Problem.class, wrapper::status));
      assertAway(assertThrows(Problem.class, () -> wrapper.destroy("")));
      assertAway(assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT)));
      assertAway(assertThrows(Problem.class, () -> wrapper.rewrap(WRAPPED, CONTEXT)));
    }
  }

  private static void assertAway(Problem problem) {
    assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, problem.code(), problem::getMessage);
  }

  @Test
  void aDataKeyThatAnotherKeyOpenedIsNotTakenAndNotCalledTampering() {
    answer =
        "{\"KeyId\":\""
            + OTHER
            + "\",\"Plaintext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}";
    try (AwsKmsKeyWrapper wrapper = wrapper()) {
      assertEquals(
          ProblemCode.KEK_UNUSABLE,
          assertThrows(Problem.class, () -> wrapper.unwrap(WRAPPED, CONTEXT).close()).code());
    }
  }

  @Test
  void credentialsThatDoNotComeEndTheCallAndTheirFetch() throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    AwsCredentialsProvider hanging =
        () -> {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            ended.countDown();
          }
          throw new IllegalStateException("interrupted");
        };
    try (AwsKmsKeyWrapper wrapper =
        AwsKmsKeyWrapper.open(config(Duration.ofMillis(200)), hanging)) {
      assertAway(assertThrows(Problem.class, wrapper::status));
      ended.await();
      assertAway(assertThrows(Problem.class, () -> wrapper.unwrap(WRAPPED, CONTEXT).close()));
      assertAway(assertThrows(Problem.class, wrapper::rotate));
      assertAway(assertThrows(Problem.class, () -> wrapper.destroy("")));
    }
  }

  /** Each read of it is in time; the whole never ends. */
  @Test
  void anAgentThatSendsAByteAtATimeEndsTheCall() {
    System.setProperty("aws.configFile", folder.resolve("no-config").toString());
    System.setProperty("aws.sharedCredentialsFile", folder.resolve("no-credentials").toString());
    System.setProperty("aws.disableEc2Metadata", "true");
    System.setProperty("aws.containerCredentialsFullUri", uri() + "/trickle");
    try (AwsKmsKeyWrapper wrapper =
        AwsKmsKeyWrapper.open(config(Duration.ofMillis(500)), KmsClients.defaultChain())) {
      assertAway(assertThrows(Problem.class, wrapper::status));
    }
  }
}
