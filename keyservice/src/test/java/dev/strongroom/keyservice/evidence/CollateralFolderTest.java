package dev.strongroom.keyservice.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.attest.NvidiaGpu;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollateralFolderTest {
  private final NvidiaGpu gpu = new NvidiaGpu("48B02D51C9C1070B");

  @TempDir private Path folder;

  private void put(String name, byte[] content) throws IOException {
    var _ = Files.write(folder.resolve(name), content);
  }

  private static String refused(org.junit.jupiter.api.function.Executable act) {
    Problem refused = assertThrows(Problem.class, act);
    assertEquals(ProblemCode.CONFIGURATION_INVALID, refused.code());
    return String.valueOf(refused.getMessage());
  }

  @Test
  void whatIsAddedOrTakenAwayCountsAfterTwoLooks() throws IOException {
    try (CollateralFolder collateral = new CollateralFolder(folder)) {
      assertEquals(0, collateral.get().certificates().size());
      put("chain.pem", gpu.chain());
      assertFalse(collateral.look(), "a file may be half written");
      assertEquals(0, collateral.get().certificates().size());
      assertTrue(collateral.look());
      assertEquals(2, collateral.get().certificates().size());
      assertFalse(collateral.look());

      put("tcb.json", "{\"tcbInfo\":{}}".getBytes(StandardCharsets.US_ASCII));
      Files.delete(folder.resolve("chain.pem"));
      assertFalse(collateral.look());
      assertTrue(collateral.look());
      assertEquals(0, collateral.get().certificates().size());
      assertEquals(1, collateral.get().documents().size());
    }
  }

  @Test
  void whatCannotBeReadLeavesWhatWasReadBefore() throws IOException {
    put("chain.pem", gpu.chain());
    try (CollateralFolder collateral = new CollateralFolder(folder)) {
      put("broken.pem", "-----BEGIN CERTIFICATE-----".getBytes(StandardCharsets.US_ASCII));
      assertFalse(collateral.look());
      assertTrue(refused(collateral::look).contains("broken.pem"));
      assertEquals(2, collateral.get().certificates().size());
      assertFalse(collateral.look(), "a fault is told once");
      Files.delete(folder.resolve("broken.pem"));
      assertFalse(collateral.look());
      assertTrue(collateral.look());
    }
  }

  @Test
  void whatAFetchThatWasKilledLeftBehindIsPassedOver() throws IOException {
    byte[] half = Arrays.copyOf(gpu.chain(), 40);
    put(".chain.pem.new", half);
    try (CollateralFolder collateral = new CollateralFolder(folder)) {
      put("chain.pem", gpu.chain());
      put(".other.pem.new", half);
      assertFalse(collateral.look());
      assertTrue(collateral.look());
      assertEquals(2, collateral.get().certificates().size());
    }
  }

  @Test
  void aServiceDoesNotStartWithWhatItCannotRead() throws IOException {
    assertTrue(
        refused(() -> new CollateralFolder(folder.resolve("absent")).close())
            .contains("cannot be read"));
    put("broken.der", new byte[] {1, 2, 3});
    assertTrue(refused(() -> new CollateralFolder(folder).close()).contains("broken.der"));
    Files.delete(folder.resolve("broken.der"));
    put("large.json", new byte[(4 << 20) + 1]);
    assertTrue(refused(() -> new CollateralFolder(folder).close()).contains("more than"));
    Files.delete(folder.resolve("large.json"));
    for (int i = 0; i < 65; i++) {
      put("tcb" + i + ".json", "{}".getBytes(StandardCharsets.US_ASCII));
    }
    assertTrue(refused(() -> new CollateralFolder(folder).close()).contains("more than 64"));
  }
}
