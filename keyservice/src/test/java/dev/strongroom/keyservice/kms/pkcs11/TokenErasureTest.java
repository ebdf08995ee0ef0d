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
import dev.strongroom.testkit.kms.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is destroyed on a token is gone from it, and nothing opens that was under it. */
@Timeout(120)
class TokenErasureTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);

  @TempDir private Path folder;

  private TokenStage stage() {
    TokenStage.require(SoftHsm.missing());
    return new TokenStage(SoftHsm.create(folder, "strongroom"));
  }

  private Path ownFolder(String name) {
    try {
      return Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long keysOf(TokenStage stage) {
    return stage.objects().split("Secret Key Object", -1).length - 1L;
  }

  private static void assertUnusable(Pkcs11KeyWrapper wrapper, WrappedKey wrapped) {
    Problem refused = assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT).close());
    assertEquals(ProblemCode.KEK_UNUSABLE, refused.code());
  }

  @Test
  void aVersionIsDestroyedWithoutATwinAndNothingOpensUnderIt() {
    TokenStage stage = stage();
    stage.make("kek", "AES");
    stage.make("another", "AES");
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      // So that the broker holds sessions that know the key.
      wrapper.unwrap(old, CONTEXT).close();
      var _ = wrapper.rotate();
      WrappedKey kept = wrapper.rewrap(old, CONTEXT);
      assertEquals(Optional.empty(), wrapper.gone("1"));
      wrapper.destroy("1");
      assertTrue(wrapper.gone("1").isPresent());
      assertEquals(Optional.empty(), wrapper.gone(""));
      assertEquals(2, keysOf(stage), stage::objects);
      assertEquals(List.of("2"), wrapper.status().versions());
      assertUnusable(wrapper, old);
      try (SecretBytes opened = wrapper.unwrap(kept, CONTEXT)) {
        assertTrue(key.use(opened::sameAs));
      }
    }
  }

  @Test
  void aWholeKekIsDestroyedAndNoOther() {
    TokenStage stage = stage();
    stage.make("kek", "HMAC");
    stage.make("another", "AES");
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey first = wrapper.wrap(key, CONTEXT);
      var _ = wrapper.rotate();
      WrappedKey second = wrapper.wrap(key, CONTEXT);
      wrapper.destroy("");
      assertTrue(wrapper.gone("").isPresent());
      assertEquals(1, keysOf(stage), stage::objects);
      assertUnusable(wrapper, first);
      assertUnusable(wrapper, second);
    }
  }

  @Test
  void aKekThatIsGoneStopsNoStartThatDoesWithoutIt() {
    TokenStage stage = stage();
    stage.make("kek", "AES");
    try (Pkcs11KeyWrapper wrapper = stage.open("kek")) {
      wrapper.destroy("");
    }
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> stage.open("kek").close()).code());
    try (Pkcs11KeyWrapper wrapper = stage.openUnneeded("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      assertTrue(wrapper.gone("").isPresent());
      assertEquals(List.of(), wrapper.status().versions());
      assertEquals(
          ProblemCode.KEK_UNUSABLE,
          assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT)).code());
    }
  }

  @Test
  void whereTheTokenForbidsItTheRefusalNamesTheCommandThatDoesIt() {
    TokenStage.require(FaultyModule.missing());
    TokenStage.require(SoftHsm.missing());
    FaultyModule module =
        FaultyModule.before(
            SoftHsm.create(folder.resolve("token"), "owner's;rm"), ownFolder("owner's"));
    TokenStage stage = new TokenStage(module.token());
    stage.make("owner's $(kek)", "AES");
    try (Pkcs11KeyWrapper wrapper =
            stage.open(stage.config("owner's%20$(kek)", "owner's%3Brm", stage.token().pinFile()));
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      var _ = wrapper.rotate();
      module.keepKeys();
      Problem refused = assertThrows(Problem.class, () -> wrapper.destroy("1"));
      module.heal();
      assertEquals(ProblemCode.KEK_ERASE_UNSUPPORTED, refused.code());
      assertEquals(2, keysOf(stage), stage::objects);
      Matcher command =
          Pattern.compile("Run (PIN=.*?), look with --list-objects")
              .matcher(String.valueOf(refused.getMessage()));
      assertTrue(command.find(), refused.getMessage());
      String _ =
          Tools.run(
              stage.token().environment(),
              List.of(
                  "bash",
                  "-c",
                  command.group(1).replace("PINFILE", stage.token().pinFile().toString())));
      assertEquals(1, keysOf(stage), stage::objects);
      assertEquals(List.of("2"), wrapper.status().versions());
      assertUnusable(wrapper, old);
    }
  }
}
