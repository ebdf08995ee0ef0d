package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.benchmarks.RotationRun;
import dev.strongroom.testkit.kms.SoftHsm;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * The life of a KEK: rotated in a keyset file, moved to an HSM, rotated there, each with all data
 * keys and under load. {@code dev/bench rotation} does the same with more versions.
 */
class RotationTest {
  private static final int VERSIONS = 200;
  private static final int PUBLISHED = 20;

  @Test
  void everyVersionOpensAfterRotationAndMigrationUnderLoadAndNoneWithWhatWasEnded()
      throws Exception {
    assumeSoftHsm();
    try (OnStage on = OnStage.open()) {
      RotationRun.Outcome outcome =
          new RotationRun(
                  new RotationRun.Settings(VERSIONS, PUBLISHED, "pkcs11", 0),
                  on.stage(),
                  Files.createDirectory(on.path("rotation")),
                  figure -> {})
              .run();
      assertEquals(List.of(), outcome.failures());
      assertEquals(0, outcome.failed());
      assertTrue(outcome.leastDuring() > 0, () -> "no grant was taken during an act: " + outcome);
      assertEquals(VERSIONS, outcome.opened(), outcome::toString);
      assertEquals(0, outcome.oldOpened(), outcome::toString);
      // The file's old key is disabled; the file is gone; the HSM's old key is destroyed.
      assertEquals(
          Map.of("kek-unusable", 2 * VERSIONS, "the service does not start", 1),
          outcome.refusals());
    }
  }

  private static void assumeSoftHsm() {
    Optional<String> missing = SoftHsm.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
  }
}
