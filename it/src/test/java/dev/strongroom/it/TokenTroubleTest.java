package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.testkit.kms.FaultyModule;
import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.TestToken;
import dev.strongroom.testkit.kms.Tools;
import dev.strongroom.testkit.stage.StageKek;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The HSM is lost and found, and its broker killed, while eight clients ask for grants. */
@Timeout(300)
class TokenTroubleTest {
  private static final String BROKER = "dev.strongroom.keyservice.kms.pkcs11.broker.BrokerMain";

  @Test
  void anHsmThatIsLostUnderLoadHealsAndEveryRequestIsAnswered(@TempDir Path folder)
      throws IOException {
    BackendTrouble.require(SoftHsm.missing());
    BackendTrouble.require(FaultyModule.missing());
    TestToken real = SoftHsm.create(folder, "strongroom");
    makeKek(real);
    FaultyModule module = FaultyModule.before(real, folder);
    try (OnStage on = BackendTrouble.stage(kek(module.token()));
        BackendTrouble trouble = BackendTrouble.on(on, "pkcs11")) {
      trouble.moment("broker killed", () -> killBroker(on));
      trouble.moment("broker killed again at once", () -> killBroker(on));
      trouble.away("token removed", () -> module.fail(FaultyModule.DEVICE_REMOVED), module::heal);
      trouble.away("token at fault", () -> module.fail(FaultyModule.DEVICE_ERROR), module::heal);
      // What SoftHSM also says of a wrong tag.
      trouble.away("general error", () -> module.fail(FaultyModule.GENERAL_ERROR), module::heal);
      trouble.away("token hangs", module::hang, module::heal);
      trouble.away("no session left", () -> module.fail(FaultyModule.SESSION_COUNT), module::heal);
      trouble.assertEveryAnswer();
    }
  }

  private static void makeKek(TestToken token) {
    Map<String, String> environment = new HashMap<>(token.environment());
    environment.put("PIN", SoftHsm.PIN);
    Tools.run(
        environment,
        List.of(
            "pkcs11-tool",
            "--module",
            token.module().toString(),
            "--token-label",
            token.label(),
            "--login",
            "--pin",
            "env:PIN",
            "--keygen",
            "--key-type",
            "AES:32",
            "--label",
            "kek",
            "--id",
            "01",
            "--sensitive",
            "--private"));
  }

  private static StageKek kek(TestToken token) {
    return new StageKek(
        """
        kek:
          pkcs11:
            uri: "pkcs11:token=%s;object=kek?module-path=%s"
            pinFile: %s
            moduleEnvironment: [FAULTY_MODULE, FAULTY_ORDER]
            limits: {restFor: 1s}
        """
            .formatted(token.label(), token.module(), token.pinFile()),
        token.environment());
  }

  private static void killBroker(OnStage on) {
    ProcessHandle broker =
        Await.until(
            Await.LIMIT,
            "a broker",
            () ->
                ProcessHandle.of(on.stage().keyService().pid())
                    .flatMap(service ->
                        service.descendants().filter(TokenTroubleTest::isBroker).findFirst()));
    assertTrue(broker.destroyForcibly());
    broker.onExit().join();
  }

  private static boolean isBroker(ProcessHandle process) {
    try {
      return Files.readString(
              Path.of("/proc", String.valueOf(process.pid()), "cmdline"),
              StandardCharsets.ISO_8859_1)
          .contains(BROKER);
    } catch (IOException e) {
      return false; // It has ended meanwhile.
    }
  }
}
