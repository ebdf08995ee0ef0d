package dev.strongroom.attestation.nvidia;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.PinnedRoots;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Reports of real devices. */
class NvidiaVectorTest {
  private static final Instant AT = Instant.parse("2025-06-01T00:00:00Z");
  private static final Bytes NONCE =
      Bytes.ofHex("27a328247bf7935c993341cf587be6f05986ccce4fe7ba2c54100bd616a58f66");
  private static final Bytes LIST_NONCE =
      Bytes.ofHex("e97b23a1718095a0e9e35edca810768c70a6a5a389b705e753b197912bc11576");

  private final NvidiaVerifier verifier = NvidiaVerifier.standard();

  private NvidiaClaims verify(byte[] report, String... endorsements) {
    return verifier.verify(report, new Verification(Vectors.endorsements(endorsements), null, AT));
  }

  private static byte[] hopper() {
    return Vectors.report("hopper");
  }

  private static String list() {
    return Vectors.text("multi_gpu_hopper.json");
  }

  private NvidiaClaims verifyList(String json) {
    return verifier.verify(
        json.getBytes(StandardCharsets.US_ASCII),
        new Verification(Endorsements.NONE, LIST_NONCE, AT));
  }

  @Test
  void thePinnedRootsAreThoseThatNvidiaPublishes() throws Exception {
    assertEquals(
        "102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48",
        fingerprint(NvidiaVerifier.deviceRoots()));
    assertEquals(
        "12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1",
        fingerprint(NvidiaVerifier.rimRoots()));
  }

  private static String fingerprint(PinnedRoots pinned) throws Exception {
    assertEquals(1, pinned.roots().size());
    byte[] der = pinned.roots().getFirst().getEncoded();
    return Bytes.of(MessageDigest.getInstance("SHA-256").digest(der)).hex();
  }

  @Test
  void aReportOfHopperVerifiesWithItsClaims() {
    NvidiaClaims claims =
        verifier.verify(
            hopper(), new Verification(Vectors.endorsements("hopperCertChain.txt"), NONCE, AT));
    assertEquals(EvidenceType.NVIDIA, claims.type());
    assertEquals(1L, claims.values().get("gpu_count"));
    assertEquals(0L, claims.values().get("switch_count"));
    Map<String, Object> device = claims.devices().getFirst().values();
    assertEquals("gpu", device.get("kind"));
    assertEquals("HOPPER", device.get("architecture"));
    assertEquals("GH100", device.get("chip"));
    assertEquals("48b02d7a7cd27fc3", device.get("device_id"));
    assertEquals("535.86.09", device.get("driver_version"));
    assertEquals("96.00.5E.00.01", device.get("vbios_version"));
    assertEquals("1010", device.get("project"));
    assertEquals("0200", device.get("project_sku"));
    assertEquals("882", device.get("chip_sku"));
    assertEquals(false, device.get("nvdec0"));
    assertEquals(false, device.get("driver_measurements_match"));
    assertEquals(
        "faa77bfbd8678d4817df3ce941a3cb6dba3ae120dba3b2faae7cf0f19057c566d50d7b86afbf6aa91ab76821e8724f76",
        device.get("fwid"));
    assertEquals(64, String.valueOf(device.get("measurements_digest")).length());
    // Thirty-two devices, the most that a list has, fit into one entry of a log (65,535 bytes).
    assertTrue(device.toString().length() < 1900, device::toString);
    assertNull(device.get("mode"));
  }

  @Test
  void otherBindingsAreRefused() {
    for (Bytes other :
        List.of(LIST_NONCE, NONCE.padded(64), Bytes.of(Arrays.copyOf(NONCE.array(), 31)))) {
      assertRefused(
          AttestationCode.BINDING_MISMATCH,
          () ->
              verifier.verify(
                  hopper(),
                  new Verification(Vectors.endorsements("hopperCertChain.txt"), other, AT)));
    }
    // What the device drew itself binds nothing.
    Bytes responder = NvidiaReport.parse(hopper()).responderNonce();
    assertRefused(
        AttestationCode.BINDING_MISMATCH,
        () ->
            verifier.verify(
                hopper(),
                new Verification(Vectors.endorsements("hopperCertChain.txt"), responder, AT)));
  }

  @Test
  void theInvalidSignatureIsRefusedWithEitherChain() {
    byte[] report = Vectors.report("hopper");
    byte[] invalid =
        HexFormat.of()
            .parseHex(Vectors.text("hopperAttestationReportInvalidSignature.txt").strip());
    for (String chain : List.of("hopperCertChain.txt", "hopperCertChainExpired.txt")) {
      assertRefused(AttestationCode.SIGNATURE_INVALID, () -> verify(invalid, chain));
    }
    assertRefused(
        AttestationCode.SIGNATURE_INVALID, () -> verify(report, "hopperCertChainExpired.txt"));
    assertRefused(AttestationCode.ENDORSEMENT_MISSING, () -> verify(report));
    assertRefused(
        AttestationCode.ENDORSEMENT_MISSING,
        "2 devices",
        () -> verify(report, "hopperCertChain.txt", "hopperCertChainExpired.txt"));
  }

  @Test
  void whatIsExpiredIsTheReferenceAndNotTheDevice() {
    byte[] report =
        HexFormat.of().parseHex(Vectors.text("hopperAttestationReportExpired.txt").strip());
    NvidiaDevice device = verify(report, "hopperCertChainExpired.txt").devices().getFirst();
    assertEquals("570.124.03", device.driverVersion());
    assertEquals(device.fwid(), device.report().opaque().get(OpaqueField.FWID));
    assertThrows(
        AttestationException.class,
        () ->
            verify(
                report,
                "hopperCertChainExpired.txt",
                "NV_GPU_DRIVER_GH100_570.124.03_expired.xml"));
  }

  @Test
  void beforeItsCertificatesAReportIsRefused() {
    assertRefused(
        AttestationCode.CERTIFICATE_EXPIRED,
        () ->
            verifier.verify(
                hopper(),
                new Verification(
                    Vectors.endorsements("hopperCertChain.txt"),
                    NONCE,
                    Instant.parse("2020-10-16T23:59:59Z"))));
  }

  @Test
  void blackwellAndSwitchesShareTheForm() {
    Map<String, Object> blackwell =
        verify(Vectors.report("blackwell"), "blackwellCertChain.txt").devices().getFirst().values();
    assertEquals("BLACKWELL", blackwell.get("architecture"));
    assertEquals("GB100", blackwell.get("chip"));
    assertEquals("575.32", blackwell.get("driver_version"));
    assertEquals("97.00.88.00.0F", blackwell.get("vbios_version"));
    NvidiaClaims claims = verify(Vectors.report("switch"), "switchCertChain.txt");
    assertEquals(1L, claims.values().get("switch_count"));
    Map<String, Object> nvswitch = claims.devices().getFirst().values();
    assertEquals("switch", nvswitch.get("kind"));
    assertEquals("LS10", nvswitch.get("architecture"));
    assertEquals("96.10.55.00.01", nvswitch.get("vbios_version"));
    assertEquals("203eb31ad9ed0008", nvswitch.get("pdi"));
    assertNull(nvswitch.get("driver_version"));
  }

  @Test
  void aListOfDevicesVerifiesByOneNonce() {
    NvidiaClaims claims = verifyList(list());
    assertEquals(4L, claims.values().get("gpu_count"));
    Map<String, Object> device = claims.devices().getFirst().values();
    assertEquals("ppcie", device.get("mode"));
    assertEquals(true, device.get("protected_pcie"));
    assertEquals(4, assertInstanceOf(List.class, device.get("switch_pdis")).size());
    assertEquals(4L, claims.devices().stream().map(NvidiaDevice::deviceId).distinct().count());
  }

  @Test
  void aListIsRefusedWhereOneDeviceIs() {
    String list = list();
    String first = list.substring(list.indexOf('{'), list.indexOf('}') + 1);
    assertEquals(1, verifyList("[" + first + "]").devices().size());
    assertRefused(
        AttestationCode.EVIDENCE_MALFORMED,
        "twice",
        () -> verifyList("[" + first + "," + first + "]"));
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH,
        () -> verifyList("[" + first.replace("HOPPER", "BLACKWELL") + "]"));
    assertRefused(
        AttestationCode.BINDING_MISMATCH,
        () -> verifyList(list.replaceFirst(LIST_NONCE.hex(), "00".repeat(32))));
    assertRefused(
        AttestationCode.BINDING_MISMATCH,
        () ->
            verifier.verify(
                list.getBytes(StandardCharsets.US_ASCII),
                new Verification(Endorsements.NONE, NONCE, AT)));
    for (String bad :
        List.of(
            "",
            "{}",
            "[]",
            "[1]",
            "[{}]",
            first,
            "[" + first,
            "[" + first + "] x",
            "[" + first.replace("\"arch\"", "\"kind\"") + "]",
            "[" + first.replaceFirst("\\{", "{\"arch\": \"HOPPER\",") + "]",
            "[" + first.replaceFirst("\"evidence\": *\"", "\"evidence\": \"!") + "]")) {
      assertRefused(AttestationCode.EVIDENCE_MALFORMED, () -> verifyList(bad));
    }
    assertRefused(AttestationCode.EVIDENCE_TRAILING_BYTES, () -> verifyList(list + "[]"));
  }

  @Test
  void testRootsAreRefusedByWhatShips() {
    NvidiaVerifier swapped =
        new NvidiaVerifier(/* deviceRoots= */ NvidiaVerifier.rimRoots(), NvidiaVerifier.rimRoots());
    assertRefused(
        AttestationCode.ROOT_UNKNOWN,
        () ->
            swapped.verify(
                hopper(),
                new Verification(Vectors.endorsements("hopperCertChain.txt"), NONCE, AT)));
  }

  @Test
  void noFlippedBitVerifies() {
    byte[] report = hopper();
    Verification against = new Verification(Vectors.endorsements("hopperCertChain.txt"), null, AT);
    for (int i = 0; i < report.length; i += i < 110 || i > 3550 ? 1 : 11) {
      byte[] flipped = report.clone();
      flipped[i] ^= (byte) (1 << i % 8);
      assertThrows(
          AttestationException.class, () -> verifier.verify(flipped, against), "byte " + i);
    }
  }

  @Test
  void nothingMayLackOrFollow() {
    byte[] report = hopper();
    for (int size = 0; size < report.length; size++) {
      byte[] cut = Arrays.copyOf(report, size);
      assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> NvidiaReport.parse(cut));
    }
    byte[] longer = Arrays.copyOf(report, report.length + 1);
    assertRefused(AttestationCode.EVIDENCE_TRAILING_BYTES, () -> NvidiaReport.parse(longer));
    assertRefused(
        AttestationCode.EVIDENCE_OVERSIZED,
        () -> NvidiaReport.parse(Arrays.copyOf(report, (64 << 10) + 1)));
  }
}
