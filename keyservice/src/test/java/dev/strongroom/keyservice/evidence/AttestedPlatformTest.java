package dev.strongroom.keyservice.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.nitro.NitroVerifier;
import dev.strongroom.attestation.nvidia.NvidiaVerifier;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.tdx.TdxOptions;
import dev.strongroom.attestation.tdx.TdxVerifier;
import dev.strongroom.attestation.x509.Revocation;
import dev.strongroom.core.grant.AttestedPlatform;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.TcbFloor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the evidence of real hardware names: chips and measurements by which it is found. That of
 * TPMs is in the form that its verifier claims.
 */
class AttestedPlatformTest {
  private static final Path VECTORS =
      Path.of("../attestation/src/test/resources/dev/strongroom/attestation");
  private static final Instant SUMMER = Instant.parse("2025-06-01T00:00:00Z");
  private static final String PCR = "5a".repeat(32);

  private static Map<String, Object> verified(
      AttestationVerifier verifier, Instant at, String evidence, String... endorsements)
      throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (String file : endorsements) {
      files.add(Files.readAllBytes(VECTORS.resolve(file)));
    }
    return verifier
        .verify(bytes(evidence), new Verification(Endorsements.parse(files), null, at))
        .values();
  }

  // Devices' reports are written in hexadecimal there.
  private static byte[] bytes(String evidence) throws IOException {
    Path file = VECTORS.resolve(evidence);
    return evidence.endsWith(".txt")
        ? Bytes.ofHex(Files.readString(file).replaceAll("\\s", "")).array()
        : Files.readAllBytes(file);
  }

  private static Map<String, Object> snp() throws IOException {
    return verified(
        SnpVerifier.standard(), SUMMER, "snp/trustee/test-report.bin", "snp/trustee/test-vcek.der");
  }

  private static Map<String, Object> tpm() {
    return Map.of(
        "ak_name",
        "000b" + "a1".repeat(32),
        "device",
        "b2".repeat(32),
        "pcrs",
        Map.of("sha256", Map.of("0", PCR, "16", "0".repeat(64), "17", "f".repeat(64))),
        "boot",
        Map.of("boot_applications", Map.of("sha256", List.of("c3".repeat(32)))));
  }

  /** A claim that has to be there. */
  private static Object claim(Map<String, Object> said, String... path) {
    Object value = said;
    for (String name : path) {
      value = ((Map<?, ?>) Objects.requireNonNull(value)).get(name);
    }
    return Objects.requireNonNull(value);
  }

  private static EvidenceClaims claims(String type, Map<String, Object> said) {
    return new EvidenceClaims(Map.of(type, said));
  }

  private static AttestedPlatform platform(String type, Map<String, Object> said) {
    return AttestedPlatform.of(claims(type, said));
  }

  /** The text of a claim has to be among what is found. */
  private static void assertNames(Set<String> found, Map<String, Object> said, String claim) {
    String text = String.valueOf(said.get(claim)).toLowerCase(Locale.ROOT);
    assertTrue(found.contains(text), claim + " " + text + " in " + found);
  }

  private static boolean isBelow(String floor, Map<String, Object> said) {
    TcbFloor parsed = TcbFloor.parse(floor);
    return parsed.isAbove(claims(parsed.type(), said));
  }

  @Test
  void ofSevSnp() throws IOException {
    Map<String, Object> said = snp();
    AttestedPlatform platform = platform("sev-snp", said);
    assertEquals(Set.of(said.get("chip_id")), platform.chips());
    assertEquals(Set.of(said.get("measurement")), platform.measurements());
    long microcode = (Long) claim(said, "reported_tcb", "microcode");
    String line = "sev-snp:product=" + said.get("product") + ",microcode=";
    assertFalse(isBelow(line + microcode, said));
    assertTrue(isBelow(line + (microcode + 1), said));
  }

  @Test
  void ofAVlekAsFarAsThePlatformShowsIt() throws IOException {
    Map<String, Object> said =
        verified(
            new SnpVerifier(SnpVerifier.amdRoots(), Revocation.CHECKED_WHERE_GIVEN, Set.of(0, 1)),
            SUMMER,
            "snp/trustee/test-vlek-report.bin",
            "snp/trustee/test-vlek.der");
    AttestedPlatform platform = platform("sev-snp", said);
    assertEquals(said.containsKey("chip_id"), !platform.chips().isEmpty());
    assertNames(platform.measurements(), said, "measurement");
  }

  @Test
  void ofTurinWhoseChipsHaveEightBytes() {
    String id = "0123456789abcdef";
    assertEquals(
        Set.of(id + "0".repeat(112), id),
        platform("sev-snp", Map.of("chip_id", id + "0".repeat(112))).chips());
  }

  @Test
  void ofTdx() throws IOException {
    Map<String, Object> said =
        verified(
            TdxVerifier.standard(TdxOptions.STRICT.inspectingWithoutCollateral()),
            Instant.parse("2025-11-10T00:00:00Z"),
            "tdx/tdx_quote_5.dat");
    AttestedPlatform platform = platform("tdx", said);
    assertNames(platform.chips(), said, "ppid");
    assertNames(platform.chips(), said, "fmspc");
    assertEquals(said.get("mrtd"), platform.measurements().iterator().next());
    assertNames(platform.measurements(), said, "rtmr0");
    assertNames(platform.measurements(), said, "mrseam");
    long pceSvn = (Long) claim(said, "pcesvn");
    assertFalse(isBelow("tdx:pcesvn=" + pceSvn, said));
    assertTrue(isBelow("tdx:pcesvn=" + (pceSvn + 1), said));
    // No collateral has judged it.
    assertTrue(isBelow("tdx:tcb_status=UpToDate", said));
  }

  @Test
  void ofNitro() throws IOException {
    Map<String, Object> said =
        verified(
            NitroVerifier.standard(),
            Instant.parse("2025-12-25T13:15:40Z"),
            "nitro/NitroFuzzTestInputs/evidence/real");
    AttestedPlatform platform = platform("nitro", said);
    assertEquals(
        Set.of("i-0827e799ec9232d44-enc019b55a68bd2ed4b", "i-0827e799ec9232d44"), platform.chips());
    Object first = claim(said, "pcrs", "0");
    assertTrue(platform.measurements().contains(first), platform::toString);
    assertTrue(platform.measurements().stream().noneMatch(each -> each.matches("0+")));
  }

  @Test
  void ofGpus() throws IOException {
    Map<String, Object> said =
        verified(
            NvidiaVerifier.standard(),
            SUMMER,
            "nvidia/hopperAttestationReport.txt",
            "nvidia/hopperCertChain.txt");
    @SuppressWarnings("unchecked")
    Map<String, Object> device = ((List<Map<String, Object>>) claim(said, "devices")).getFirst();
    AttestedPlatform platform = platform("nvidia-gpu", said);
    assertNames(platform.chips(), device, "device_id");
    assertNames(platform.measurements(), device, "measurements_digest");
    assertNames(platform.measurements(), device, "fwid");
    String driver = String.valueOf(device.get("driver_version"));
    String branch = driver.substring(0, driver.indexOf('.'));
    assertFalse(isBelow("nvidia-gpu:driver_version=" + driver, said));
    assertTrue(isBelow("nvidia-gpu:driver_version=" + branch + ".999999", said));
    assertFalse(isBelow("nvidia-gpu:driver_version=999.1", said));
    String vbios = String.valueOf(device.get("vbios_version"));
    assertFalse(isBelow("nvidia-gpu:vbios_version=" + vbios, said));
    assertTrue(isBelow("nvidia-gpu:vbios_version=" + vbios.substring(0, 6) + "FF.00.01", said));
  }

  @Test
  void ofTpms() {
    AttestedPlatform platform = platform("tpm", tpm());
    assertEquals(Set.of("b2".repeat(32), "000b" + "a1".repeat(32)), platform.chips());
    // Registers that nothing was measured into are no measurement.
    assertEquals(Set.of(PCR, "c3".repeat(32)), platform.measurements());
  }

  @Test
  void ofAzure() throws IOException {
    Map<String, Object> snp = snp();
    AttestedPlatform platform =
        platform("azure-snp-vtpm", Map.of("snp", snp, "tpm", tpm(), "machine", Map.of()));
    assertEquals(Set.of(snp.get("chip_id")), platform.chips());
    assertNames(platform.measurements(), snp, "measurement");
    assertTrue(platform.measurements().contains(PCR));
  }

  @Test
  void ofSeveralPieces() throws IOException {
    Map<String, Object> snp = snp();
    Map<String, Map<String, Object>> said = new LinkedHashMap<>();
    said.put("sev-snp", snp);
    said.put("tpm", tpm());
    AttestedPlatform platform = AttestedPlatform.of(new EvidenceClaims(said));
    assertEquals(3, platform.chips().size());
    assertEquals(snp.get("measurement"), platform.measurements().iterator().next());
  }

  @Test
  void everyTypeOfEvidenceNamesSomething() throws IOException {
    for (EvidenceType type : EvidenceType.values()) {
      Map<String, Object> said =
          switch (type) {
            case SNP -> snp();
            case TDX -> Map.of("mrtd", PCR);
            case TPM -> tpm();
            case AZURE_SNP_VTPM -> Map.of("snp", snp());
            case NITRO -> Map.of("pcrs", Map.of("0", PCR));
            case NVIDIA -> Map.of("devices", List.of(Map.of("fwid", PCR)));
          };
      assertFalse(platform(type.wireName(), said).measurements().isEmpty(), type.wireName());
    }
  }

  @Test
  void claimsOfAnotherShapeNameNothing() {
    Map<String, Object> odd =
        Map.of("chip_id", 7L, "measurement", List.of(PCR), "pcrs", PCR, "devices", Map.of());
    for (EvidenceType type : EvidenceType.values()) {
      AttestedPlatform platform = platform(type.wireName(), odd);
      assertTrue(platform.chips().isEmpty() && platform.measurements().isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "00",
        "000000000000",
        "ABCDEF012345",
        "0123456789abcde",
        "i-",
        "i-1;",
        "i-1-enc",
        "%",
        "0123456789abcdef0123456789abcdeg"
      })
  void whatIsNoChip(String text) {
    assertFalse(AttestedPlatform.isChip(text));
  }
}
