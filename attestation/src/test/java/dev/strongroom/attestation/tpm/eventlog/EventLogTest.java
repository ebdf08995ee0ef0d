package dev.strongroom.attestation.tpm.eventlog;

import static dev.strongroom.attestation.tpm.Refusals.refused;
import static dev.strongroom.attestation.tpm.TestEventLog.ACTION;
import static dev.strongroom.attestation.tpm.TestEventLog.APPLICATION;
import static dev.strongroom.attestation.tpm.TestEventLog.NO_ACTION;
import static dev.strongroom.attestation.tpm.TestEventLog.SEPARATOR;
import static dev.strongroom.attestation.tpm.TestEventLog.S_CRTM_VERSION;
import static dev.strongroom.attestation.tpm.TestEventLog.VARIABLE;
import static dev.strongroom.attestation.tpm.TestEventLog.ascii;
import static dev.strongroom.attestation.tpm.TestEventLog.variable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrValues;
import dev.strongroom.attestation.tpm.TestEventLog;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Event logs: what they give is believed, and nothing that the PCRs do not vouch for. */
class EventLogTest {
  private static final HashAlgorithm SHA256 = HashAlgorithm.SHA256;

  private static BootClaims replay(TestEventLog log) {
    return EventLog.parse(log.bytes().array()).replay(log.pcrs());
  }

  private static void refuses(AttestationCode code, TestEventLog log) {
    var _ = refused(code, () -> replay(log));
  }

  private static TestEventLog separated() {
    TestEventLog log = new TestEventLog(SHA256);
    for (int pcr = 0; pcr < 8; pcr++) {
      log.measure(pcr, SEPARATOR, new byte[4]);
    }
    return log;
  }

  @Test
  void anOrdinaryStartSaysWhatWasStarted() {
    BootClaims claims = replay(TestEventLog.ordinary(SHA256, HashAlgorithm.SHA384));
    List<Long> firmware = List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertEquals(
        Map.of(
            "replayed_pcrs",
            firmware,
            "separated_pcrs",
            firmware,
            "crtm_version",
            Bytes.of("1.02".getBytes(StandardCharsets.UTF_16LE)).hex(),
            "secure_boot",
            true,
            "boot_applications",
            Map.of(
                "sha256", applications(SHA256),
                "sha384", applications(HashAlgorithm.SHA384))),
        claims.values());
  }

  private static List<String> applications(HashAlgorithm bank) {
    return List.of(
        bank.digest(ascii("shim, measured")).hex(), bank.digest(ascii("kernel, measured")).hex());
  }

  @Test
  void aLogWithoutAnEventOrWithAnotherOrderIsRefused() {
    TestEventLog log = TestEventLog.ordinary(SHA256);
    PcrValues pcrs = log.pcrs();
    TestEventLog swapped = separated();
    swapped.measure(7, VARIABLE, variable("SecureBoot", 1));
    var _ =
        refused(
            AttestationCode.EVENT_LOG_MISMATCH,
            () -> EventLog.parse(swapped.bytes().array()).replay(pcrs));
    var _ =
        refused(
            AttestationCode.EVENT_LOG_MISMATCH,
            () -> EventLog.parse(separated().bytes().array()).replay(pcrs));
    TestEventLog more = TestEventLog.ordinary(SHA256);
    more.event(5, ACTION, ascii("x"), ascii("x"));
    var _ =
        refused(
            AttestationCode.EVENT_LOG_MISMATCH,
            () -> EventLog.parse(more.bytes().array()).replay(pcrs));
  }

  /** Each byte is measured, is a type or data that nothing was claimed of, or refuses the log. */
  @Test
  void noFlippedByteMakesOtherClaims() {
    TestEventLog log = TestEventLog.ordinary(SHA256);
    byte[] bytes = log.bytes().array();
    BootClaims claims = replay(log);
    for (int i = 0; i < bytes.length; i++) {
      byte[] flipped = bytes.clone();
      flipped[i] ^= 1;
      BootClaims other = replayOrNothing(flipped, log.pcrs());
      if (other != null) {
        // A type is not measured: what it announced may go unsaid, and nothing else.
        assertEquals(claims.applications(), other.applications());
        assertEquals(claims.separated(), other.separated());
        if (other.secureBoot() != null) {
          assertEquals(claims.secureBoot(), other.secureBoot());
        }
        if (other.firmware() != null) {
          assertEquals(claims.firmware(), other.firmware());
        }
      }
    }
  }

  private static @Nullable BootClaims replayOrNothing(byte[] log, PcrValues pcrs) {
    try {
      return EventLog.parse(log).replay(pcrs);
    } catch (AttestationException refusal) {
      return null;
    }
  }

  @Test
  void noTruncationGivesThePcrs() {
    TestEventLog log = TestEventLog.ordinary(SHA256);
    byte[] bytes = log.bytes().array();
    for (int length = 0; length < bytes.length; length++) {
      byte[] shorter = Arrays.copyOf(bytes, length);
      assertThrows(AttestationException.class, () -> EventLog.parse(shorter).replay(log.pcrs()));
    }
    for (int more = 1; more < 12; more++) {
      byte[] longer = Arrays.copyOf(bytes, bytes.length + more);
      var _ = refused(AttestationCode.EVIDENCE_TRUNCATED, () -> EventLog.parse(longer));
    }
  }

  /**
   * Types are not measured. Secure boot is off; the guest calls the true separator by another name,
   * extends what a machine with secure boot would have, and a separator behind it.
   */
  @Test
  void aSeparatorCannotBeCalledOtherwise() {
    TestEventLog log = new TestEventLog(SHA256);
    log.measure(7, ACTION, variable("SecureBoot", 0));
    log.measure(7, ACTION, new byte[4]);
    log.measure(7, VARIABLE, variable("SecureBoot", 1));
    log.measure(7, SEPARATOR, new byte[4]);
    refuses(AttestationCode.EVENT_LOG_MISMATCH, log);
  }

  @Test
  void anApplicationCannotBeCalledOtherwise() {
    TestEventLog log = separated();
    log.measureAs(4, ACTION, ascii("evil"), ascii("Exit Boot Services Invocation"));
    log.measureAs(4, NO_ACTION, ascii("evil"), ascii("never measured"));
    log.measureAs(4, APPLICATION, ascii("good"), ascii("path"));
    log.measure(4, ACTION, ascii("Returning from EFI Application from Boot Option"));
    assertEquals(
        Map.of(SHA256, List.of(SHA256.digest(ascii("evil")), SHA256.digest(ascii("good")))),
        replay(log).applications());
  }

  @Test
  void whatIsBehindTheSeparatorIsNotTheFirmwares() {
    TestEventLog log = separated();
    log.measure(7, VARIABLE, variable("SecureBoot", 1));
    log.measure(0, S_CRTM_VERSION, ascii("9.9"));
    BootClaims claims = replay(log);
    assertNull(claims.secureBoot());
    assertNull(claims.firmware());
  }

  @Test
  void dataThatWasNotMeasuredIsRefused() {
    refuses(
        AttestationCode.EVENT_LOG_MISMATCH,
        new TestEventLog(SHA256)
            .measureAs(7, VARIABLE, variable("SecureBoot", 0), variable("SecureBoot", 1)));
    refuses(
        AttestationCode.EVENT_LOG_MISMATCH,
        new TestEventLog(SHA256).measureAs(0, S_CRTM_VERSION, ascii("1"), ascii("2")));
    refuses(
        AttestationCode.EVENT_LOG_MISMATCH,
        new TestEventLog(SHA256).measureAs(0, SEPARATOR, ascii("none"), new byte[4]));
    refuses(
        AttestationCode.EVENT_LOG_MISMATCH,
        new TestEventLog(SHA256).measure(0, SEPARATOR, new byte[] {0, 0, 0, 1}));
  }

  @Test
  void secureBootIsOnOrOffAndSaidOnce() {
    TestEventLog off = new TestEventLog(SHA256).measure(7, VARIABLE, variable("SecureBoot", 0));
    assertEquals(false, replay(off).secureBoot());
    refuses(
        AttestationCode.EVIDENCE_MALFORMED, off.measure(7, VARIABLE, variable("SecureBoot", 1)));
    refuses(
        AttestationCode.EVIDENCE_MALFORMED,
        new TestEventLog(SHA256).measure(7, VARIABLE, variable("SecureBoot", 2)));
    assertNull(
        replay(new TestEventLog(SHA256).measure(7, VARIABLE, variable("SecureBooT", 1)))
            .secureBoot());
  }

  @Test
  void nothingIsSaidOfPcrsThatAreNotQuoted() {
    TestEventLog log = TestEventLog.ordinary(SHA256);
    BootClaims claims = EventLog.parse(log.bytes().array()).replay(only(log.pcrs(), 1));
    assertEquals(List.of(1), List.copyOf(claims.replayed()));
    assertEquals(List.of(1), List.copyOf(claims.separated()));
    assertNull(claims.secureBoot());
    assertNull(claims.firmware());
    assertEquals(Map.of(), claims.applications());
  }

  private static PcrValues only(PcrValues pcrs, int pcr) {
    SortedMap<Integer, Bytes> values = new TreeMap<>();
    Bytes value = pcrs.value(SHA256, pcr);
    if (value != null) {
      values.put(pcr, value);
    }
    return new PcrValues(new TreeMap<>(Map.of(SHA256, values)));
  }

  /** A bank that the firmware does not measure into is all zeros for the guest to write. */
  @Test
  void aBankWithoutDigestsIsRefused() {
    TestEventLog log = TestEventLog.ordinary(SHA256);
    SortedMap<HashAlgorithm, SortedMap<Integer, Bytes>> both = new TreeMap<>(log.pcrs().banks());
    both.put(
        HashAlgorithm.SHA384, new TreeMap<>(Map.of(0, HashAlgorithm.SHA384.digest(new byte[0]))));
    var _ =
        refused(
            AttestationCode.EVENT_LOG_MISMATCH,
            () -> EventLog.parse(log.bytes().array()).replay(new PcrValues(both)));
  }

  @Test
  void pcrsOfOthersAreNotTheLogsToExplain() {
    Bytes ima = SHA256.digest(ascii("a list of IMA"));
    TestEventLog log = TestEventLog.ordinary(SHA256).startAt(10, SHA256, ima);
    assertEquals(false, replay(log).replayed().contains(10));
    refuses(AttestationCode.EVENT_LOG_MISMATCH, log.event(10, ACTION, ascii("x"), ascii("x")));
  }

  @Test
  void theStartupLocalityIsWherePcr0Begins() {
    byte[] locality = ascii("StartupLocality\0\3");
    byte[] start = new byte[32];
    start[31] = 3;
    TestEventLog log = new TestEventLog(SHA256).startAt(0, SHA256, Bytes.of(start));
    log.measure(0, NO_ACTION, locality).measure(0, SEPARATOR, new byte[4]);
    assertEquals(true, replay(log).separated().contains(0));
    TestEventLog late = separated().measure(0, NO_ACTION, locality);
    refuses(AttestationCode.EVIDENCE_MALFORMED, late);
    TestEventLog other =
        new TestEventLog(SHA256).measure(0, NO_ACTION, ascii("StartupLocality\0\1"));
    refuses(AttestationCode.EVIDENCE_MALFORMED, other);
  }

  @Test
  void otherFormsAreRefused() {
    byte[] log = TestEventLog.ordinary(SHA256).bytes().array();
    for (int offset : new int[] {0, 4, 32, 46, 53}) {
      byte[] changed = log.clone();
      changed[offset] ^= 1;
      var _ = refused(AttestationCode.VERSION_UNKNOWN, () -> EventLog.parse(changed));
    }
    int algorithms = 56;
    byte[] none = log.clone();
    assertEquals(1, none[algorithms]);
    none[algorithms] = 0;
    var _ = refused(AttestationCode.EVIDENCE_MALFORMED, () -> EventLog.parse(none));
    byte[] size = log.clone();
    assertEquals(32, size[algorithms + 6]);
    size[algorithms + 6] = 31;
    var _ = refused(AttestationCode.EVIDENCE_MALFORMED, () -> EventLog.parse(size));
    var _ =
        refused(
            AttestationCode.EVIDENCE_OVERSIZED,
            () -> EventLog.parse(new byte[EventLog.MAX_BYTES + 1]));
    refuses(
        AttestationCode.EVIDENCE_MALFORMED,
        TestEventLog.ordinary(SHA256).event(24, ACTION, ascii("x"), ascii("x")));
    TestEventLog many = new TestEventLog(SHA256);
    for (int i = 0; i <= EventLog.MAX_EVENTS; i++) {
      many.event(0, NO_ACTION, ascii("x"), new byte[0]);
    }
    refuses(AttestationCode.EVIDENCE_OVERSIZED, many);
  }
}
