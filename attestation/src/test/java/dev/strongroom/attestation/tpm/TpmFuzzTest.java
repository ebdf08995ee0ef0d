package dev.strongroom.attestation.tpm;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.tpm.enrol.EkCertificates;
import dev.strongroom.attestation.tpm.eventlog.EventLog;
import dev.strongroom.attestation.x509.PinnedRoots;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What a guest sends is refused with an {@link AttestationException}, and with nothing else. */
class TpmFuzzTest {
  private static final Verification OPEN = new Verification(Endorsements.NONE, null, TestPki.NOW);
  private static final PinnedRoots NO_ROOTS = new PinnedRoots(List.of(), List.of());
  private static final TpmVerifier ANY_KEY =
      new TpmVerifier(
          name -> Optional.of(new EnrolledKey(name, Bytes.of(new byte[32]))),
          NO_ROOTS,
          PcrSelection.NONE);
  private static final EkCertificates CERTIFICATES = new EkCertificates(NO_ROOTS);
  private static final PcrValues ORDINARY = TestEventLog.ordinary(HashAlgorithm.SHA256).pcrs();
  private static final PcrValues NONE = new PcrValues(new TreeMap<>());

  @FuzzTest(maxDuration = "10m")
  void evidence(byte[] input) {
    expectRefusal(() -> ANY_KEY.verify(input, OPEN));
  }

  @FuzzTest(maxDuration = "10m")
  void publicArea(byte[] input) {
    expectRefusal(() -> PublicArea.parse(Bytes.of(input)).requireAttestationKey());
  }

  @FuzzTest(maxDuration = "10m")
  void quote(byte[] input) {
    expectRefusal(() -> Quote.parse(Bytes.of(input)));
  }

  @FuzzTest(maxDuration = "10m")
  void signature(byte[] input) {
    expectRefusal(() -> TpmSignature.parse(Bytes.of(input)));
  }

  @FuzzTest(maxDuration = "10m")
  void eventLog(byte[] input) {
    expectRefusal(() -> {
      EventLog log = EventLog.parse(input);
      var _ = log.replay(NONE);
      var _ = log.replay(ORDINARY);
    });
  }

  @FuzzTest(maxDuration = "10m")
  void endorsementKeyCertificate(byte[] input) {
    expectRefusal(() -> CERTIFICATES.verify(input, Endorsements.NONE, TestPki.NOW));
  }

  private static void expectRefusal(Runnable reading) {
    try {
      reading.run();
    } catch (AttestationException refusal) {
      // as it should be
    }
  }
}
