package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.testkit.kms.SoftHsm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GcmSessionsTest {
  @TempDir private Path folder;

  @BeforeAll
  static void require() {
    TokenStage.require(SoftHsm.missing());
  }

  @Test
  void twoCallsOpenWhatSunPkcs11WrappedAndNothingElse() {
    TokenStage stage = new TokenStage(SoftHsm.create(folder, "direct"));
    stage.make("kek", "AES");
    assertEquals(
        List.of(
            "opened: true",
            "other context: null",
            "no key: null",
            "again: true",
            "given up: null",
            "SunPKCS11: true"),
        stage.openDirectly("kek").lines().filter(line -> line.contains(": ")).toList());
  }
}
