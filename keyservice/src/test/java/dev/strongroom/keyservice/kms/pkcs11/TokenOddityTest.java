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
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
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
