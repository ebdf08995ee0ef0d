package dev.strongroom.keyservice.kms.awskms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.GuardedKeyWrapper;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.RemoteKeyWrapperContract;
import dev.strongroom.keyservice.kms.WrappedKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kms.KmsClient;

/** The contract and more against LocalStack's KMS, through the real SDK. */
@Timeout(180)
class AwsKmsKeyWrapperTest extends RemoteKeyWrapperContract {
  private static final String THROTTLED =
      "{\"__type\":\"ThrottlingException\",\"message\":\"Rate\"}";
  private static final int ALWAYS = Integer.MAX_VALUE;

  @TempDir private static Path folder;
  private static TestKms kms;
  private String keyArn = "";
  private AwsKmsKeyWrapper wrapper;
  private String anotherArn = "";

  @BeforeAll
  static void start() {
    kms = new TestKms(folder);
  }

  @AfterAll
  static void stop() {
    if (kms != null) {
      kms.close();
    }
  }

  @BeforeEach
  void open() {
    keyArn = kms.newKey();
    wrapper = kms.wrapper(keyArn);
  }

  @AfterEach
  void close() {
    kms.proxy().bringBack();
    wrapper.close();
  }

  @Override
  protected Class<? extends KeyWrapper> implementation() {
    return AwsKmsKeyWrapper.class;
  }

  @Override
  protected KeyWrapper wrapper() {
    return wrapper;
  }

  @Override
  protected KeyWrapper wrapperWithAnotherKek() {
    anotherArn = kms.newKey();
    return kms.wrapper(anotherArn);
  }

  @Override
  protected KeyWrapper withItsKekDestroyed(KeyWrapper another) {
    try (KmsClient admin = kms.admin("us-east-1")) {
      var _ = admin.scheduleKeyDeletion(with -> with.keyId(anotherArn).pendingWindowInDays(7));
    }
    return another;
  }

  /** LocalStack has none; KMS itself tells it of what was rewrapped. */
  @Override
  protected boolean namesVersions() {
    return false;
  }

  @Override
  protected void takeAway() {
    kms.proxy().takeAway();
  }

  @Override
  protected void hang() {
    kms.proxy().hang();
  }

  @Override
  protected void throttle() {
    kms.proxy().answer(ALWAYS, 400, THROTTLED);
  }

  @Override
  protected void bringBack() {
    kms.proxy().bringBack();
  }

  @Test
  void anErrorCodeAndNotTheStatusSaysWhatIsWrong() {
    assertCode(ProblemCode.KEY_BACKEND_THROTTLED, 400, "LimitExceededException");
    assertCode(ProblemCode.KEY_BACKEND_THROTTLED, 429, "TooManyRequestsException");
    assertCode(ProblemCode.KEY_BACKEND_UNAVAILABLE, 500, "KMSInternalException");
    assertCode(ProblemCode.KEY_BACKEND_UNAVAILABLE, 503, "DependencyTimeoutException");
    assertCode(ProblemCode.KEY_BACKEND_UNAVAILABLE, 400, "KeyUnavailableException");
    assertCode(ProblemCode.KEY_BACKEND_UNAVAILABLE, 400, "ExpiredTokenException");
    assertCode(ProblemCode.KEY_BACKEND_UNAVAILABLE, 502, "NobodyKnowsThisOne");
    assertCode(ProblemCode.KEK_UNUSABLE, 400, "AccessDeniedException");
    assertCode(ProblemCode.KEK_UNUSABLE, 400, "DisabledException");
    assertCode(ProblemCode.KEK_UNUSABLE, 400, "KMSInvalidStateException");
    assertCode(ProblemCode.KEK_UNUSABLE, 400, "NotFoundException");
    assertCode(ProblemCode.KEK_UNUSABLE, 403, "UnrecognizedClientException");
    assertCode(ProblemCode.KEK_UNUSABLE, 400, "NobodyKnowsThisOne");
    assertCode(ProblemCode.KEY_UNWRAP_FAILED, 400, "InvalidCiphertextException");
    assertCode(ProblemCode.KEY_UNWRAP_FAILED, 400, "IncorrectKeyException");
  }

  private void assertCode(ProblemCode wanted, int status, String awsCode) {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      kms.proxy().answer(1, status, "{\"__type\":\"" + awsCode + "\"}");
      Problem problem = assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT).close());
      assertEquals(wanted, problem.code(), awsCode);
    }
  }

  @Test
  void whatKmsAsksForIsKept() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      kms.proxy().answer(1, 400, THROTTLED, "7");
      Problem problem = assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT).close());
      assertEquals(Duration.ofSeconds(7), problem.retryAfter());
    }
  }

  @Test
  void anAttemptIsOneCall() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      int before = kms.proxy().calls();
      throttle();
      assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT).close());
      assertEquals(before + 1, kms.proxy().calls());
    }
  }

  @Test
  void guardedAFewThrottledCallsAreNotNoticed() {
    try (SecretBytes key = dataKey();
        GuardedKeyWrapper guarded =
            GuardedKeyWrapper.of(
                kms.wrapper(keyArn),
                "awskms",
                TestKms.LIMITS,
                new Random(1),
                new SimpleMeterRegistry())) {
      WrappedKey wrapped = guarded.wrap(key, CONTEXT);
      kms.proxy().answer(2, 400, THROTTLED);
      try (SecretBytes again = guarded.unwrap(wrapped, CONTEXT)) {
        assertTrue(key.use(again::sameAs));
      }
    }
  }

  @Test
  void anAnswerOfAnotherKeyIsRefused() {
    String other = kms.newKey();
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      kms.proxy().change(answer -> answer.replace(keyArn, other));
      assertEquals(
          ProblemCode.KEK_UNUSABLE,
          assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT).close()).code());
      assertEquals(
          ProblemCode.KEK_UNUSABLE,
          assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT)).code());
      assertEquals(
          ProblemCode.KEK_UNUSABLE,
          assertThrows(Problem.class, () -> wrapper.rewrap(wrapped, CONTEXT)).code());
      assertEquals(ProblemCode.KEK_UNUSABLE, assertThrows(Problem.class, wrapper::status).code());
    }
  }

  @Test
  void theVersionThatKmsNamesIsKeptAndChecked() {
    String material = "a".repeat(64);
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      kms.proxy()
          .change(
              answer -> answer.replace("{", "{\"DestinationKeyMaterialId\":\"" + material + "\","));
      WrappedKey moved = wrapper.rewrap(wrapped, CONTEXT);
      assertEquals(material, moved.kekVersion());
      AtomicReference<String> told = new AtomicReference<>(material);
      kms.proxy()
          .change(answer -> answer.replace("{", "{\"KeyMaterialId\":\"" + told.get() + "\","));
      wrapper.unwrap(moved, CONTEXT).close();
      told.set("b".repeat(64));
      assertEquals(
          ProblemCode.KEY_UNWRAP_FAILED,
          assertThrows(Problem.class, () -> wrapper.unwrap(moved, CONTEXT).close()).code());
    }
  }

  @Test
  void theContextCanBeReadByWhoReadsTheTrail() {
    String pairs = EncryptionContext.of(CONTEXT).toString();
    for (String pair :
        new String[] {"model=acme/chat", "organisation=acme", "version=3", "data-key=dk-"}) {
      assertTrue(pairs.contains(pair), pairs);
    }
  }

  @Test
  void anotherRegionsReplicaOpensWhatIsListed() {
    try (KmsClient admin = kms.admin("us-east-1");
        SecretBytes key = dataKey()) {
      String primary = admin.createKey(with -> with.multiRegion(true)).keyMetadata().arn();
      String replica =
          admin
              .replicateKey(with -> with.keyId(primary).replicaRegion("eu-west-1"))
              .replicaKeyMetadata()
              .arn();
      WrappedKey wrapped;
      try (AwsKmsKeyWrapper there = kms.wrapper(primary)) {
        wrapped = there.wrap(key, CONTEXT);
        assertEquals(primary, wrapped.kekId());
      }
      try (AwsKmsKeyWrapper here = kms.wrapper(replica, primary);
          SecretBytes again = here.unwrap(wrapped, CONTEXT)) {
        assertTrue(key.use(again::sameAs));
        assertEquals(replica, here.rewrap(wrapped, CONTEXT).kekId());
      }
      int before = kms.proxy().calls();
      try (AwsKmsKeyWrapper unlisted = kms.wrapper(replica)) {
        assertEquals(
            ProblemCode.KEY_UNWRAP_FAILED,
            assertThrows(Problem.class, () -> unlisted.unwrap(wrapped, CONTEXT).close()).code());
      }
      assertEquals(before, kms.proxy().calls(), "refused before any call");
    }
  }

  @Test
  void aDisabledKeyIsNamedAndComesBack() {
    try (KmsClient admin = kms.admin("us-east-1");
        SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      var _ = admin.disableKey(with -> with.keyId(keyArn));
      for (Runnable use :
          new Runnable[] {
            () -> wrapper.unwrap(wrapped, CONTEXT).close(),
            () -> wrapper.wrap(key, CONTEXT),
            () -> wrapper.rewrap(wrapped, CONTEXT),
            wrapper::status
          }) {
        assertEquals(ProblemCode.KEK_UNUSABLE, assertThrows(Problem.class, use::run).code());
      }
      var _ = admin.enableKey(with -> with.keyId(keyArn));
      try (SecretBytes again = wrapper.unwrap(wrapped, CONTEXT)) {
        assertTrue(key.use(again::sameAs));
      }
    }
  }

  @Test
  void anErasedKeyOpensNothingAndSaysHowLongItIsKept() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      Problem single = assertThrows(Problem.class, () -> wrapper.destroy("1"));
      assertEquals(ProblemCode.KEK_ERASE_UNSUPPORTED, single.code());
      assertEquals(Optional.empty(), wrapper.gone(""));
      wrapper.destroy("");
      String remains = wrapper.gone("").orElseThrow();
      assertTrue(remains.startsWith("AWS KMS keeps the key until 20"), remains);
      assertEquals(
          ProblemCode.KEK_UNUSABLE,
          assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT).close()).code());
      wrapper.destroy("");
      assertEquals(Optional.of(remains), wrapper.gone(""), "asked again");
    }
  }

  @Test
  void untilTheNewMaterialIsInUseNoNewestVersionIsTold() {
    String old = "a".repeat(64);
    String fresh = "b".repeat(64);
    kms.proxy().answer(3, 200, described(old));
    assertEquals("", wrapper.rotate().newestVersion(), "KMS still names the old one");
    kms.proxy().answer(1, 200, described(old));
    assertEquals("", wrapper.status().newestVersion());
    kms.proxy().answer(1, 200, described(fresh));
    assertEquals(fresh, wrapper.status().newestVersion());
  }

  /** An answer to DescribeKey; RotateKeyOnDemand's has nothing that is read. */
  private String described(String material) {
    return "{\"KeyMetadata\":{\"KeyId\":\"k\",\"Arn\":\""
        + keyArn
        + "\",\"KeyState\":\"Enabled\",\"CurrentKeyMaterialId\":\""
        + material
        + "\"}}";
  }

  @Test
  void whoMayNotEraseIsToldWhoDoes() {
    kms.proxy().answer(1, 400, "{\"__type\":\"AccessDeniedException\"}");
    Problem problem = assertThrows(Problem.class, () -> wrapper.destroy(""));
    assertEquals(ProblemCode.KEK_ERASE_UNSUPPORTED, problem.code());
    assertTrue(String.valueOf(problem.getMessage()).contains("schedule-key-deletion"));
  }

  @Test
  void whoMayNotRotateIsToldWhoDoes() {
    kms.proxy().answer(1, 400, "{\"__type\":\"AccessDeniedException\"}");
    Problem problem = assertThrows(Problem.class, wrapper::rotate);
    assertEquals(ProblemCode.KEK_ROTATION_UNSUPPORTED, problem.code());
    assertTrue(String.valueOf(problem.getMessage()).contains("aws kms rotate-key-on-demand"));
  }
}
