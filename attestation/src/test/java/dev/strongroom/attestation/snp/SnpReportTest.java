package dev.strongroom.attestation.snp;

import static dev.strongroom.attestation.snp.Vectors.MILAN_REPORT;
import static dev.strongroom.attestation.snp.Vectors.MILAN_VCEK;
import static dev.strongroom.attestation.snp.Vectors.THEN;
import static dev.strongroom.attestation.snp.Vectors.VLEK_REPORT;
import static dev.strongroom.attestation.snp.Vectors.against;
import static dev.strongroom.attestation.snp.Vectors.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Verification;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnpReportTest {
  private final byte[] report = bytes(MILAN_REPORT);

  private static AttestationCode refusal(byte[] report) {
    return assertThrows(AttestationException.class, () -> SnpReport.parse(report)).code();
  }

  @Test
  void fieldsAreReadWhereTheyAre() {
    SnpReport parsed = SnpReport.parse(report);
    assertEquals(2, parsed.version());
    assertEquals(4, parsed.guestSvn());
    assertEquals(0x3001f, parsed.policy().bits());
    assertEquals(slice(0x10, 16), parsed.familyId());
    assertEquals(slice(0x20, 16), parsed.imageId());
    assertEquals(0, parsed.vmpl());
    assertEquals(0xce08_0000_0000_0003L, parsed.currentTcb());
    assertEquals(1, parsed.platform().bits());
    assertEquals(new KeyInfo(SigningKey.VCEK, false, false), parsed.keys());
    assertEquals(slice(0x50, 64), parsed.reportData());
    assertEquals(slice(0x90, 48), parsed.measurement());
    assertEquals(slice(0xc0, 32), parsed.hostData());
    assertEquals(slice(0xe0, 48), parsed.idKeyDigest());
    assertEquals(slice(0x110, 48), parsed.authorKeyDigest());
    assertEquals(slice(0x140, 32), parsed.reportId());
    assertEquals(slice(0x160, 32), parsed.migrationAgentReportId());
    assertEquals(0x7308_0000_0000_0003L, parsed.reportedTcb());
    assertNull(parsed.cpu());
    assertEquals(slice(0x1a0, 64), parsed.chipId());
    assertEquals(0x7308_0000_0000_0003L, parsed.committedTcb());
    assertEquals(new SnpReport.FirmwareVersion(1, 52, 4), parsed.currentFirmware());
    assertEquals(new SnpReport.FirmwareVersion(1, 52, 4), parsed.committedFirmware());
    assertEquals(0x7308_0000_0000_0003L, parsed.launchTcb());
    assertNull(parsed.mitigations());
    assertEquals(slice(0, 0x2a0), parsed.signed());
    assertEquals(96, parsed.signature().size());
  }

  private Bytes slice(int offset, int size) {
    return Bytes.of(Arrays.copyOfRange(report, offset, offset + size));
  }

  @Test
  void laterVersionsHaveMore() {
    byte[] five = bytes(VLEK_REPORT);
    assertEquals(new SnpReport.Cpu(0x19, 1, 1), SnpReport.parse(five).cpu());
    five[0] = 4;
    assertNull(SnpReport.parse(five).mitigations());
    five[0] = 5;
    five[0x1f8] = 3;
    five[0x207] = (byte) 0x80;
    SnpReport.Mitigations mitigations = SnpReport.parse(five).mitigations();
    assertNotNull(mitigations);
    assertEquals(3, mitigations.launch());
    assertEquals(Long.MIN_VALUE, mitigations.current());
    five[0] = 4;
    assertEquals(AttestationCode.EVIDENCE_MALFORMED, refusal(five));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 6, 255})
  void otherVersionsAreUnknown(int version) {
    report[0] = (byte) version;
    assertEquals(AttestationCode.VERSION_UNKNOWN, refusal(report));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void otherAlgorithmsAreUnknown(int algorithm) {
    report[0x34] = (byte) algorithm;
    assertEquals(AttestationCode.ALGORITHM_UNKNOWN, refusal(report));
  }

  @Test
  void everyTruncationIsRefused() {
    for (int size = 0; size < report.length; size++) {
      assertEquals(
          AttestationCode.EVIDENCE_TRUNCATED, refusal(Arrays.copyOf(report, size)), "size " + size);
    }
  }

  @Test
  void bytesBehindAReportAreRefused() {
    for (int extra : List.of(1, 16, 4000 - SnpReport.SIZE, SnpReport.SIZE)) {
      assertEquals(
          AttestationCode.EVIDENCE_TRAILING_BYTES,
          refusal(Arrays.copyOf(report, report.length + extra)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    // policy: bit 17 is one, 26 and above are zero
    "0x0a, 0x02",
    "0x0b, 0x04",
    "0x0f, 0x80",
    // VMPL 64
    "0x30, 0x40",
    // platform info: bit 6, 8 and above
    "0x40, 0x40",
    "0x41, 0x01",
    "0x47, 0x80",
    // key flags: signing keys 2 and 4, bits 5 and above; behind them
    "0x48, 0x08",
    "0x48, 0x10",
    "0x48, 0x20",
    "0x4b, 0x80",
    "0x4c, 0x01",
    "0x4f, 0x80",
    // the digest of an author key that there is not
    "0x110, 0x01",
    // version 2 has no CPUID
    "0x188, 0x19",
    "0x19f, 0x01",
    // behind the firmware versions, and up to the signature
    "0x1eb, 0x01",
    "0x1ef, 0x01",
    "0x1f8, 0x01",
    "0x208, 0x01",
    "0x29f, 0x01",
    // above R and S, and behind the signature
    "0x2d0, 0x01",
    "0x2e7, 0x01",
    "0x318, 0x01",
    "0x32f, 0x01",
    "0x330, 0x01",
    "0x49f, 0x01",
  })
  void reservedBitsAreRefused(String offset, String bits) {
    report[Integer.decode(offset)] ^= Integer.decode(bits).byteValue();
    assertEquals(AttestationCode.EVIDENCE_MALFORMED, refusal(report));
  }

  @ParameterizedTest
  @CsvSource({"0x1c", "0x02", "0x1e"})
  void aReportThatSaysThatItIsNotSignedIsRefused(String flags) {
    report[0x48] = Integer.decode(flags).byteValue();
    assertEquals(AttestationCode.SIGNATURE_INVALID, refusal(report));
  }

  @Test
  void noFlippedByteVerifies() {
    SnpVerifier verifier = SnpVerifier.standard();
    Verification against = against(THEN, MILAN_VCEK);
    assertNotNull(verifier.verify(report, against));
    for (int offset = 0; offset < report.length; offset++) {
      byte[] flipped = report.clone();
      flipped[offset] ^= (byte) (1 << offset % 8);
      assertThrows(
          AttestationException.class,
          () -> verifier.verify(flipped, against),
          "a flip at 0x" + Integer.toHexString(offset));
    }
  }

  @Test
  void changingTheEvidenceAfterwardsChangesNothing() {
    SnpReport parsed = SnpReport.parse(report);
    Bytes measurement = parsed.measurement();
    Arrays.fill(report, (byte) 0);
    assertEquals(measurement, parsed.measurement());
    assertEquals(SnpReport.parse(bytes(MILAN_REPORT)), parsed);
  }

  @Test
  void productsAreToldByFamilyAndModel() {
    assertEquals(Product.MILAN, Product.ofCpu(0x19, 0x01).orElseThrow());
    assertEquals(Product.GENOA, Product.ofCpu(0x19, 0x11).orElseThrow());
    assertEquals(Product.GENOA, Product.ofCpu(0x19, 0xa0).orElseThrow());
    assertEquals(Product.TURIN, Product.ofCpu(0x1a, 0x02).orElseThrow());
    assertEquals(Product.TURIN, Product.ofCpu(0x1a, 0x11).orElseThrow());
    assertEquals(true, Product.ofCpu(0x19, 0x20).isEmpty());
    assertEquals(true, Product.ofCpu(0x19, 0xb0).isEmpty());
    assertEquals(true, Product.ofCpu(0x1a, 0x50).isEmpty());
    assertEquals(true, Product.ofCpu(0x17, 0x31).isEmpty());
  }
}
