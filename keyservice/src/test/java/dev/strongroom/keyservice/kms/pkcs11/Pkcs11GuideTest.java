package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.TestToken;
import dev.strongroom.testkit.kms.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the guide, in their order: create, rotate, delete. */
class Pkcs11GuideTest {
  private static final Path GUIDE = Path.of("../docs/guide/key-backends/pkcs11.md");
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);
  @TempDir Path folder;

  @Test
  void theCommandsDoWhatTheGuideSays() throws IOException {
    TokenStage.require(SoftHsm.missing());
    String guide = Files.readString(GUIDE);
    List<String> commands =
        blocks(guide, "sh").stream()
            .map(block -> block.replace("/usr/lib/softhsm/libsofthsm2.so", module()))
            .toList();
    assertEquals(3, commands.size());
    TestToken empty = SoftHsm.empty(folder, "strongroom");
    run(empty, commands.get(0));
    Matcher uri = Pattern.compile("uri: (\\S+)").matcher(guide);
    assertTrue(uri.find());
    KekConfig.Pkcs11 config =
        new KekConfig.Pkcs11(
            uri.group(1).replace("/usr/lib/softhsm/libsofthsm2.so", module()),
            folder.resolve("pin"),
            null,
            "",
            List.of(),
            8,
            KekLimits.DEFAULT);
    try (Pkcs11KeyWrapper wrapper = new TokenStage(empty).open(config);
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      run(empty, commands.get(1));
      assertEquals(List.of("1", "2"), wrapper.status().versions());
      WrappedKey moved = wrapper.rewrap(old, CONTEXT);
      assertEquals("2", moved.kekVersion());
      run(empty, commands.get(2));
      assertEquals(List.of("2"), wrapper.status().versions());
      wrapper.unwrap(moved, CONTEXT).close();
      Problem gone = assertThrows(Problem.class, () -> wrapper.unwrap(old, CONTEXT));
      assertEquals(ProblemCode.KEK_UNUSABLE, gone.code());
    }
  }

  private void run(TestToken token, String commands) {
    String script = "set -euo pipefail; cd '" + folder + "'; MODULE=" + module() + "\n" + commands;
    Tools.run(token.environment(), List.of("bash", "-c", script));
  }

  private static String module() {
    return SoftHsm.module().orElseThrow().toString();
  }

  private static List<String> blocks(String guide, String language) {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(guide)
        .results()
        .map(each -> each.group(1))
        .toList();
  }
}
