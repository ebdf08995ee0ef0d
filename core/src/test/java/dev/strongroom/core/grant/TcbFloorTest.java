package dev.strongroom.core.grant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcbFloorTest {
  private static final Map<String, Object> MILAN =
      Map.of("boot_loader", 3L, "tee", 0L, "snp", 8L, "microcode", 115L);
  private static final EvidenceClaims SNP = snp("Milan", MILAN);

  private static EvidenceClaims claims(String type, Map<String, Object> claims) {
    return new EvidenceClaims(Map.of(type, claims));
  }

  private static EvidenceClaims snp(String product, Map<String, Object> tcb) {
    return claims("sev-snp", Map.of("product", product, "reported_tcb", tcb));
  }

  private static EvidenceClaims gpu(Map<String, Object> device) {
    return claims("nvidia-gpu", Map.of("devices", List.of(device)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sev-snp:product=Milan,microcode=116 | true",
        "sev-snp:product=Milan,microcode=115 | false",
        "sev-snp:product=Milan,microcode=115,snp=9 | true",
        "sev-snp:product=Milan,boot_loader=3,microcode=115,snp=8 | false",
        "sev-snp:product=Milan,tee=1 | true",
        // Another line of processors, whose numbers say nothing about this one.
        "sev-snp:product=Genoa,microcode=255 | false",
        "sev-snp:product=Turin,fmc=1,microcode=255 | false",
        "azure-snp-vtpm:product=Milan,microcode=255 | false"
      })
  void partsOfSevSnp(String floor, boolean above) {
    assertEquals(above, TcbFloor.parse(floor).isAbove(SNP));
  }

  @Test
  void aFloorOfOneLineOfProcessorsLeavesTheOthersBe() {
    TcbFloor milan = TcbFloor.parse("sev-snp:product=Milan,microcode=115");
    Map<String, Object> tcb = Map.of("boot_loader", 9L, "snp", 21L, "tee", 0L, "microcode", 72L);
    assertEquals(true, milan.isAbove(snp("Milan", tcb)));
    assertEquals(false, milan.isAbove(snp("Genoa", tcb)));
    // Which line it is of cannot be told: it has not shown better.
    assertEquals(true, milan.isAbove(claims("sev-snp", Map.of("reported_tcb", MILAN))));
  }

  @Test
  void turinHasAnFmcAndIsBelowWhereItDoesNotSay() {
    TcbFloor turin = TcbFloor.parse("sev-snp:product=Turin,fmc=2");
    assertEquals(true, turin.isAbove(snp("Turin", Map.of("fmc", 1L))));
    assertEquals(false, turin.isAbove(snp("Turin", Map.of("fmc", 2L))));
    assertEquals(true, turin.isAbove(snp("Turin", Map.of())));
  }

  @Test
  void theReportOfAzureLiesDeeper() {
    EvidenceClaims azure =
        claims("azure-snp-vtpm", Map.of("snp", Map.of("product", "Milan", "reported_tcb", MILAN)));
    assertEquals(true, TcbFloor.parse("azure-snp-vtpm:product=Milan,microcode=116").isAbove(azure));
    assertEquals(
        false, TcbFloor.parse("azure-snp-vtpm:product=Milan,microcode=115").isAbove(azure));
    assertEquals(
        false, TcbFloor.parse("azure-snp-vtpm:product=Genoa,microcode=116").isAbove(azure));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tdx:tcb_date=2024-03-13 | false",
        "tdx:tcb_date=2024-03-14 | true",
        "tdx:tcb_status=UpToDate | true",
        "tdx:tcb_status=SWHardeningNeeded | false",
        "tdx:tcb_status=OutOfDate | false",
        "tdx:pcesvn=13 | false",
        "tdx:pcesvn=14 | true",
        "tdx:qe_isvsvn=5 | true",
        "tdx:tcb_evaluation_data_number=17 | false"
      })
  void partsOfTdx(String floor, boolean above) {
    EvidenceClaims tdx =
        claims(
            "tdx",
            Map.of(
                "platform_tcb_date",
                "2024-03-13T00:00:00Z",
                "qe_tcb_date",
                "2024-03-13T00:00:00Z",
                "tcb_status",
                "SWHardeningNeeded",
                "pcesvn",
                13L,
                "qe_isvsvn",
                4L,
                "tcb_evaluation_data_number",
                17L));
    assertEquals(above, TcbFloor.parse(floor).isAbove(tdx));
  }

  @ParameterizedTest
  @ValueSource(strings = {"qe_tcb_date", "tdx_module_tcb_date"})
  void anyPartOfTdxMayBeTooOld(String part) {
    Map<String, Object> dates = new HashMap<>();
    dates.put("platform_tcb_date", "2024-03-13T00:00:00Z");
    dates.put(part, "2023-02-15T00:00:00Z");
    assertEquals(true, TcbFloor.parse("tdx:tcb_date=2024-03-13").isAbove(claims("tdx", dates)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nvidia-gpu:driver_version=550.90.07 | false",
        "nvidia-gpu:driver_version=550.100.01 | true",
        "nvidia-gpu:driver_version=535.183.01 | false",
        // Another branch of drivers, which is mended by itself.
        "nvidia-gpu:driver_version=560.28.03 | false",
        "nvidia-gpu:vbios_version=96.00.5E.00.02 | true",
        "nvidia-gpu:vbios_version=96.00.5E.00.01 | false",
        // Another line of devices, whose numbers say nothing about this one.
        "nvidia-gpu:vbios_version=97.00.5E.00.02 | false",
        "nvidia-gpu:vbios_version=96.10.5E.00.02 | false"
      })
  void versionsOfDevices(String floor, boolean above) {
    EvidenceClaims gpu =
        gpu(
            Map.of(
                "kind", "gpu", "driver_version", "550.90.07", "vbios_version", "96.00.5E.00.01"));
    assertEquals(above, TcbFloor.parse(floor).isAbove(gpu));
  }

  @Test
  void aSwitchHasNoDriverThatCouldBeTooOld() {
    TcbFloor driver = TcbFloor.parse("nvidia-gpu:driver_version=550.90.07");
    assertEquals(false, driver.isAbove(gpu(Map.of("kind", "switch"))));
    assertEquals(true, driver.isAbove(gpu(Map.of("kind", "gpu"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sev-snp:product=Milan,microcode=1",
        "tdx:tcb_date=2020-01-01",
        "tdx:tcb_status=OutOfDateConfigurationNeeded",
        "tdx:tcb_evaluation_data_number=1",
        "tdx:pcesvn=1"
      })
  void whoDoesNotSayIsBelow(String floor) {
    TcbFloor parsed = TcbFloor.parse(floor);
    assertEquals(true, parsed.isAbove(claims(parsed.type(), Map.of())));
    assertEquals(false, parsed.isAbove(EvidenceClaims.NONE));
  }

  @Test
  void hasOneSpelling() throws Exception {
    TcbFloor floor = TcbFloor.parse("sev-snp:snp=23,product=Milan,microcode=115");
    assertEquals("sev-snp:microcode=115,product=Milan,snp=23", floor.toString());
    assertEquals(floor, TcbFloor.parse(floor.toString()));
    String json = StrictJson.mapper().writeValueAsString(floor);
    assertEquals("\"sev-snp:microcode=115,product=Milan,snp=23\"", json);
    assertEquals(floor, StrictJson.mapper().readValue(json, TcbFloor.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sev-snp",
        ":microcode=1",
        "sev-snp:",
        "sev-snp:product=Milan,microcode",
        "sev-snp:product=Milan,microcode=",
        "sev-snp:product=Milan,microcode=0",
        "sev-snp:product=Milan,microcode=256",
        "sev-snp:product=Milan,microcode=-1",
        "sev-snp:product=Milan,microcode=0x73",
        "sev-snp:product=Milan,microcode=115,",
        "sev-snp:product=Milan,microcode=115,microcode=116",
        "sev-snp:product=Milan,firmware=1",
        "sev-snp:microcode=115",
        "azure-snp-vtpm:microcode=115",
        "sev-snp:product=Milan",
        "sev-snp:product=milan,microcode=115",
        "sev-snp:product=Rome,microcode=115",
        "sev-snp:product=Milan,fmc=1",
        "tpm:firmware_version=1",
        "nitro:pcrs=1",
        "SEV-SNP:microcode=1",
        "tdx:tcb_date=2024-02-30",
        "tdx:tcb_date=yesterday",
        "tdx:tcb_status=Revoked",
        "tdx:tcb_status=uptodate",
        "tdx:pcesvn=65536",
        "nvidia-gpu:driver_version=latest",
        "nvidia-gpu:vbios_version=96.00.5e.00.01"
      })
  void whatNothingCanBeBelowIsRefused(String floor) {
    Problem problem = assertThrows(Problem.class, () -> TcbFloor.parse(floor));
    assertEquals(ProblemCode.MALFORMED_REQUEST, problem.code());
  }
}
