package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.FaultyModule;
import dev.strongroom.testkit.kms.SoftHsm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Modules and tokens that are odd, each within the standard or near it, and not lost. */
@Timeout(180)
class TokenOddityTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);

  @TempDir Path folder;
  private FaultyModule module;
  private TokenStage stage;

  @BeforeEach
  void token() {
    TokenStage.require(SoftHsm.missing());
    TokenStage.require(FaultyModule.missing());
    module = FaultyModule.before(SoftHsm.create(folder.resolve("token"), "strongroom"), folder);
    stage = new TokenStage(module.token());
    stage.make("kek", "AES");
  }

  @Test
  void oneWrappingThatIsAnsweredOddlyIsRefusedAndStopsNobodyElse() {
    List<ProcessHandle> others = TokenStage.brokers();
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey odd = wrapper.wrap(key, CONTEXT);
      WrappedKey plain = wrapper.wrap(key, CONTEXT);
      ProcessHandle broker = broker(others);

      module.refuse(FaultyModule.VENDOR, ciphertext(odd));
      String why = refused(ProblemCode.KEK_UNUSABLE, wrapper, odd);
      assertTrue(why.contains("80000123"), why);
      opens(wrapper, plain, key);

      module.refuse(FaultyModule.DATA_LEN_RANGE, ciphertext(odd));
      why = refused(ProblemCode.KEK_UNUSABLE, wrapper, odd);
      assertTrue(why.contains("CKR_DATA_LEN_RANGE"), why);
      opens(wrapper, plain, key);

      module.refuse(FaultyModule.ENCRYPTED_DATA_INVALID, ciphertext(odd));
      refused(ProblemCode.KEY_UNWRAP_FAILED, wrapper, odd);
      opens(wrapper, plain, key);

      module.heal();
      opens(wrapper, odd, key);
      assertEquals(broker, broker(others), "the broker is the same");
      assertTrue(broker.isAlive());
    }
  }

  @Test
  void aTokenThatOnlyDoesNotWrapAnyMoreGoesOnOpening() {
    List<ProcessHandle> others = TokenStage.brokers();
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      ProcessHandle broker = broker(others);
      for (long code :
          new long[] {
            FaultyModule.MECHANISM_PARAM_INVALID,
            FaultyModule.KEY_FUNCTION_NOT_PERMITTED,
            FaultyModule.GENERAL_ERROR,
            FaultyModule.VENDOR
          }) {
        module.refuseToEncrypt(code);
        refusesToWrap(wrapper, key, code);
        opens(wrapper, wrapped, key);
      }
      assertEquals(broker, broker(others), "the broker is the same");
      TokenStage.kill(broker);
      TokenStage.awaitHealed(wrapper);
      refusesToWrap(wrapper, key, FaultyModule.VENDOR);
      opens(wrapper, wrapped, key);
      module.heal();
      opens(wrapper, wrapper.wrap(key, CONTEXT), key);
    }
  }

  @Test
  void aSessionThatIsLostWhileItWrapsEndsTheBroker() {
    List<ProcessHandle> others = TokenStage.brokers();
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      ProcessHandle broker = broker(others);
      module.refuseToEncrypt(FaultyModule.SESSION_HANDLE_INVALID);
      Problem problem = assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT));
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, problem.code(), problem.getMessage());
      broker.onExit().join();
      module.heal();
      TokenStage.awaitHealed(wrapper);
      opens(wrapper, wrapper.wrap(key, CONTEXT), key);
    }
  }

  @Test
  void aTokenThatAnswersEverythingWithACodeOfItsMakerIsLost() {
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      module.fail(FaultyModule.VENDOR);
      refused(ProblemCode.KEY_BACKEND_UNAVAILABLE, wrapper, wrapped);
      module.heal();
      TokenStage.awaitHealed(wrapper);
      opens(wrapper, wrapped, key);
    }
  }

  @Test
  void aTokenThatShowsItsKeysOneByOneShowsThemAll() {
    try (Pkcs11KeyWrapper wrapper = stage.open("kek")) {
      assertEquals(List.of("1", "2"), wrapper.rotate().versions());
      module.findOneByOne();
      assertEquals(List.of("1", "2"), wrapper.status().versions());
      assertEquals(List.of("1", "2", "3"), wrapper.rotate().versions());
    }
  }

  @Test
  void aTokenThatShowsKeysWithoutEndIsRefused() {
    try (Pkcs11KeyWrapper wrapper = stage.open("kek")) {
      module.findWithoutEnd();
      Problem problem = assertThrows(Problem.class, wrapper::status);
      assertEquals(ProblemCode.KEK_UNUSABLE, problem.code());
      assertTrue(String.valueOf(problem.getMessage()).contains("more than 4096"));
      module.heal();
      assertEquals(List.of("1"), wrapper.status().versions());
    }
  }

  @Test
  void aPinThatOneMoreTryWouldLockIsNotTried() {
    module.flag(FaultyModule.USER_PIN_FINAL_TRY);
    assertStartRefused("CKF_USER_PIN_FINAL_TRY");
    module.flag(FaultyModule.USER_PIN_LOCKED | FaultyModule.USER_PIN_FINAL_TRY);
    assertStartRefused("CKF_USER_PIN_LOCKED");
    module.heal();
    stage.open("kek").close();
  }

  @Test
  void aPinThatWorkedIsTriedWhenSomebodyElseMistypedIt() throws IOException {
    List<ProcessHandle> others = TokenStage.brokers();
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      module.flag(FaultyModule.USER_PIN_FINAL_TRY);
      TokenStage.kill(broker(others));
      TokenStage.awaitHealed(wrapper);
      opens(wrapper, wrapped, key);

      Path pin = module.token().pinFile();
      Files.writeString(pin, "another\n");
      TokenStage.kill(broker(others));
      notTried(wrapper, wrapped, "CKF_USER_PIN_FINAL_TRY");
      Files.writeString(pin, SoftHsm.PIN + "\n");
      TokenStage.awaitHealed(wrapper);

      module.flag(FaultyModule.USER_PIN_LOCKED);
      TokenStage.kill(broker(others));
      notTried(wrapper, wrapped, "CKF_USER_PIN_LOCKED");
      module.heal();
      TokenStage.awaitHealed(wrapper);
      opens(wrapper, wrapped, key);
    }
  }

  @Test
  void aPinThatWorkedAndWasRefusedIsNotTriedOnceMore() throws IOException {
    List<ProcessHandle> others = TokenStage.brokers();
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      module.fail(FaultyModule.PIN_INCORRECT);
      TokenStage.kill(broker(others));
      notTried(wrapper, wrapped, "CKR_PIN_INCORRECT");
      // Another PIN in between takes the mark of the refused one away.
      Path pin = module.token().pinFile();
      Files.writeString(pin, "another\n");
      module.flag(FaultyModule.USER_PIN_FINAL_TRY);
      notTried(wrapper, wrapped, "CKF_USER_PIN_FINAL_TRY");
      module.fail(FaultyModule.PIN_INCORRECT);
      notTried(wrapper, wrapped, "CKR_PIN_INCORRECT");
      Files.writeString(pin, SoftHsm.PIN + "\n");
      module.flag(FaultyModule.USER_PIN_FINAL_TRY);
      notTried(wrapper, wrapped, "CKF_USER_PIN_FINAL_TRY");
    }
  }

  /** Waits until the token is not logged in to, for this reason. */
  private static void notTried(Pkcs11KeyWrapper wrapper, WrappedKey wrapped, String flag) {
    long deadline = System.nanoTime() + TokenStage.HEALS_WITHIN.toNanos();
    String why = "";
    while (!why.contains(flag)) {
      assertTrue(System.nanoTime() - deadline < 0, why);
      Problem problem = assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT).close());
      why = String.valueOf(problem.getMessage());
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  private static void refusesToWrap(Pkcs11KeyWrapper wrapper, SecretBytes key, long code) {
    // As often as would turn callers away, were it taken for a loss.
    for (int i = 0; i < 4; i++) {
      Problem problem = assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT));
      assertEquals(ProblemCode.KEK_UNUSABLE, problem.code(), problem.getMessage());
      assertTrue(
          String.valueOf(problem.getMessage()).contains("refuses to wrap with " + name(code)),
          problem.getMessage());
    }
  }

  private static String name(long code) {
    if (code == FaultyModule.MECHANISM_PARAM_INVALID) {
      return "CKR_MECHANISM_PARAM_INVALID";
    }
    if (code == FaultyModule.KEY_FUNCTION_NOT_PERMITTED) {
      return "CKR_KEY_FUNCTION_NOT_PERMITTED";
    }
    return code == FaultyModule.GENERAL_ERROR ? "CKR_GENERAL_ERROR" : "0x80000123";
  }

  private void assertStartRefused(String flag) {
    Problem problem = assertThrows(Problem.class, () -> stage.open("kek").close());
    assertEquals(ProblemCode.CONFIGURATION_INVALID, problem.code());
    assertTrue(String.valueOf(problem.getMessage()).contains(flag), problem.getMessage());
  }

  private static String refused(ProblemCode code, Pkcs11KeyWrapper wrapper, WrappedKey wrapped) {
    Problem problem = assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT).close());
    assertEquals(code, problem.code(), problem.getMessage());
    return String.valueOf(problem.getMessage());
  }

  private static void opens(Pkcs11KeyWrapper wrapper, WrappedKey wrapped, SecretBytes key) {
    try (SecretBytes opened = wrapper.unwrap(wrapped, CONTEXT)) {
      assertTrue(key.use(opened::sameAs));
    }
  }

  /** What comes after form and IV. */
  private static byte[] ciphertext(WrappedKey wrapped) {
    byte[] bytes = wrapped.ciphertextFrom(Pkcs11KeyWrapper.BACKEND);
    return Arrays.copyOfRange(bytes, 13, bytes.length);
  }

  private static ProcessHandle broker(List<ProcessHandle> others) {
    return TokenStage.brokers().stream()
        .filter(each -> !others.contains(each))
        .findFirst()
        .orElseThrow();
  }
}
