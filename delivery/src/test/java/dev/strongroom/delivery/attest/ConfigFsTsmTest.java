package dev.strongroom.delivery.attest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ConfigFsTsmTest {
  private static final KeyBinding BINDING = Bindings.of("nonce");
  private static final byte[] TABLE = {9, 9, 9};

  @TempDir private Path reports;

  private static byte[] report(byte[] reportData) {
    byte[] report = Arrays.copyOf(reportData, 1184);
    report[1183] = 7;
    return report;
  }

  private static void assertUnavailable(String why, ConfigFsTsm tsm) {
    Problem refused = assertThrows(Problem.class, () -> tsm.collect(BINDING, null));
    assertEquals(ProblemCode.EVIDENCE_UNAVAILABLE, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused::getMessage);
  }

  @Test
  void theReportBindsTheRequestAndTheCertificatesComeBehindIt() {
    FakeTsm kernel = new FakeTsm("sev_guest", ConfigFsTsmTest::report, TABLE);
    Evidence evidence = new ConfigFsTsm("sev-snp", reports, kernel).collect(BINDING, null);
    assertEquals("sev-snp", evidence.type());
    byte[] data = evidence.data().bytes();
    assertArrayEquals(BINDING.reportData(null), kernel.asked().getFirst());
    assertArrayEquals(report(BINDING.reportData(null)), Arrays.copyOf(data, 1184));
    assertArrayEquals(TABLE, Arrays.copyOfRange(data, 1184, data.length));
  }

  @Test
  void evidenceOfGpusIsCovered() {
    FakeTsm kernel = new FakeTsm("tdx_guest", ConfigFsTsmTest::report, null);
    Evidence gpu = new Evidence("nvidia-gpu", Blob.of(new byte[] {1}));
    List<Evidence> all =
        new Attester(
                Optional.of((binding, covered) -> gpu),
                List.of(new ConfigFsTsm("tdx", reports, kernel)))
            .collect(BINDING);
    assertEquals(List.of("nvidia-gpu", "tdx"), all.stream().map(Evidence::type).toList());
    assertArrayEquals(BINDING.reportData(gpu.digest()), kernel.asked().getFirst());
    assertFalse(Arrays.equals(BINDING.reportData(null), kernel.asked().getFirst()));
  }

  @Test
  void nothingIsLeftInTheKernel() throws IOException {
    FakeTsm kernel = new FakeTsm("tdx_guest", ConfigFsTsmTest::report, null);
    ConfigFsTsm tsm = new ConfigFsTsm("tdx", reports, kernel);
    for (int i = 0; i < 3; i++) {
      var _ = tsm.collect(BINDING, null);
    }
    assertEquals(3, kernel.removed().stream().distinct().count());
    try (Stream<Path> left = Files.list(reports)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void anotherProviderIsRefusedBeforeItIsAsked() throws IOException {
    FakeTsm kernel = new FakeTsm("tdx_guest", ConfigFsTsmTest::report, null);
    assertUnavailable("'tdx_guest'", new ConfigFsTsm("sev-snp", reports, kernel));
    assertTrue(kernel.asked().isEmpty());
    assertEquals(1, kernel.removed().size());
  }

  @Test
  void aReportThatSomebodyElseWroteIntoIsNotUsed() {
    FakeTsm kernel = new FakeTsm("sev_guest", ConfigFsTsmTest::report, null);
    kernel.writeBetween();
    assertUnavailable("another process", new ConfigFsTsm("sev-snp", reports, kernel));
  }

  @Test
  void aMachineWithoutItSaysWhatIsWanted() {
    assertUnavailable(
        "configfs",
        new ConfigFsTsm(
            "sev-snp",
            reports.resolve("none"),
            new FakeTsm("sev_guest", ConfigFsTsmTest::report, null)));
  }
}
