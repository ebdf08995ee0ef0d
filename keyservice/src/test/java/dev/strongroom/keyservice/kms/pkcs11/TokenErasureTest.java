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
import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.Tools;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A KEK version on a token ends by the command that the refusal names. */
@Timeout(120)
class TokenErasureTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);

  @TempDir private Path folder;

  @Test
  void theCommandThatIsNamedLeavesNoTwinAndNothingOpens() {
    TokenStage.require(SoftHsm.missing());
    TokenStage stage = new TokenStage(SoftHsm.create(folder, "strongroom"));
    stage.make("kek", "AES");
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      var _ = wrapper.rotate();
      WrappedKey kept = wrapper.rewrap(old, CONTEXT);
      Problem refused = assertThrows(Problem.class, () -> wrapper.destroy("1"));
      assertEquals(ProblemCode.KEK_ERASE_UNSUPPORTED, refused.code());
      Matcher command =
          Pattern.compile("run (PIN=.*?--label '[^']*')")
              .matcher(String.valueOf(refused.getMessage()));
      assertTrue(command.find(), refused.getMessage());
      String _ =
          Tools.run(
              stage.token().environment(),
              List.of(
                  "bash",
                  "-c",
                  command.group(1).replace("PINFILE", stage.token().pinFile().toString())));
      assertEquals(1, stage.objects().split("Secret Key Object", -1).length - 1, stage::objects);
      assertEquals(List.of("2"), wrapper.status().versions());
      assertEquals(
          ProblemCode.KEK_UNUSABLE,
          assertThrows(Problem.class, () -> wrapper.unwrap(old, CONTEXT).close()).code());
      try (SecretBytes opened = wrapper.unwrap(kept, CONTEXT)) {
        assertTrue(key.use(opened::sameAs));
      }
    }
  }
}
