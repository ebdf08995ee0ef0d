package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.Tools;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused when a token is opened, and what a broker shows of its secrets: nothing. */
class TokenStartTest {
  @TempDir Path folder;
  private TokenStage stage;

  @BeforeEach
  void token() {
    TokenStage.require(SoftHsm.missing());
    stage = new TokenStage(SoftHsm.create(folder, "strongroom"));
  }

  @Test
  void aKeyThatCanLeaveTheTokenIsNoKek() {
    tool("--keygen", "--key-type", "AES:32", "--label", "loose", "--extractable");
    String why = refused(stage.config("loose"));
    assertTrue(why.contains("CKA_EXTRACTABLE is set"), why);
  }

  @Test
  void aShortKeyIsNoKek() {
    tool("--keygen", "--key-type", "AES:16", "--label", "short", "--sensitive");
    assertTrue(refused(stage.config("short")).contains("32 bytes"));
  }

  @Test
  void aMissingKeyIsNeverMade() {
    assertTrue(refused(stage.config("none")).contains("no secret key 'none'"));
    assertFalse(stage.objects().contains("Secret Key Object"));
  }

  @Test
  void twoKeysOfOneLabelAreRefusedByName() {
    tool("--keygen", "--key-type", "AES:32", "--label", "twin", "--id", "01", "--sensitive");
    tool("--keygen", "--key-type", "AES:32", "--label", "twin", "--id", "02", "--sensitive");
    assertTrue(refused(stage.config("twin")).contains("share the labels [twin]"));
  }

  @Test
  void aWrongPinIsRefusedAndNotTriedAgain() {
    stage.make("kek", "AES");
    Path wrong = Tools.secret(folder.resolve("wrong"), "wrong-pin\n");
    String why = refused(stage.config("kek", "strongroom", wrong));
    assertTrue(why.contains("refuses the PIN (CKR_PIN_INCORRECT)"), why);
    assertFalse(why.contains("wrong-pin"));
  }

  @Test
  void aFileThatIsNoModuleIsRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("text.so"), "not a library");
    KekConfig.Pkcs11 good = stage.config("kek");
    KekConfig.Pkcs11 bad =
        new KekConfig.Pkcs11(
            "pkcs11:token=strongroom;object=kek?module-path=" + text,
            good.pinFile(),
            null,
            "",
            List.of(),
            1,
            good.limits());
    assertTrue(refused(bad).contains("cannot be loaded"));
  }

  @Test
  void onePlaceForThePin() {
    KekConfig.Pkcs11 good = stage.config("kek");
    for (KekConfig.Pkcs11 bad :
        List.of(
            new KekConfig.Pkcs11(good.uri(), null, null, "", List.of(), 1, good.limits()),
            new KekConfig.Pkcs11(good.uri(), good.pinFile(), 3, "", List.of(), 1, good.limits()),
            new KekConfig.Pkcs11(
                good.uri() + "&pin-source=/pin",
                good.pinFile(),
                null,
                "",
                List.of(),
                1,
                good.limits()))) {
      assertTrue(refused(bad).contains("exactly one of pinFile"));
    }
  }

  @Test
  void aTokenThatIsAwayIsWaitedForInTheBackground() {
    stage.make("kek", "AES");
    try (Pkcs11KeyWrapper wrapper =
        stage.open(stage.config("kek", "elsewhere", stage.token().pinFile()))) {
      Problem away = assertThrows(Problem.class, wrapper::status);
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, away.code());
      assertTrue(String.valueOf(away.getMessage()).contains("there are ['strongroom'"));
    }
  }

  @Test
  void rotationMakesOneKeyAndNoOrphan() {
    stage.make("kek", "AES");
    try (Pkcs11KeyWrapper wrapper = stage.open("kek")) {
      assertEquals(List.of("1", "2"), wrapper.rotate().versions());
      assertEquals("2", wrapper.status().newestVersion());
    }
    String objects = stage.objects();
    assertEquals(2, objects.split("Secret Key Object", -1).length - 1, objects);
    assertEquals(2, objects.split("never extractable", -1).length - 1, objects);
    stage.destroy("kek");
    stage.destroy("kek.2");
    assertFalse(stage.objects().contains("Secret Key Object"));
  }

  @Test
  void theBrokerShowsNoPinAndEndsWithItsPipe() throws Exception {
    stage.make("kek", "AES");
    List<ProcessHandle> before = TokenStage.brokers();
    ProcessHandle broker;
    try (Pkcs11KeyWrapper wrapper = stage.open("kek")) {
      wrapper.status();
      broker =
          TokenStage.brokers().stream().filter(b -> !before.contains(b)).findFirst().orElseThrow();
      for (String file : new String[] {"cmdline", "environ"}) {
        byte[] content = Files.readAllBytes(Path.of("/proc", "" + broker.pid(), file));
        assertFalse(new String(content, StandardCharsets.ISO_8859_1).contains(SoftHsm.PIN));
      }
    }
    assertTrue(broker.onExit().get() != null);
  }

  private void tool(String... arguments) {
    Map<String, String> environment = new HashMap<>(stage.token().environment());
    environment.put("PIN", SoftHsm.PIN);
    Tools.run(environment, stage.tool(arguments));
  }

  private String refused(KekConfig.Pkcs11 config) {
    Problem problem = assertThrows(Problem.class, () -> stage.open(config).close());
    assertEquals(ProblemCode.CONFIGURATION_INVALID, problem.code());
    return String.valueOf(problem.getMessage());
  }
}
