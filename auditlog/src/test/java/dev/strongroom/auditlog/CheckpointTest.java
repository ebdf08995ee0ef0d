package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.auditlog.SignedNote.NoteSignature;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  private static final Hash ROOT = new TreeHasher().leaf(new byte[] {1});
  private static final TreeHead HEAD = new TreeHead(TestKeys.ORIGIN, 1, ROOT);
  private static final VerifierKey ED25519 = TestKeys.KEYS.ed25519().verifierKey();
  private static final VerifierKey ML_DSA_44 = TestKeys.KEYS.mlDsa44().verifierKey();
  private static final Duration HOUR = Duration.ofHours(1);

  private static Checkpoint issue(LogKeys keys) throws GeneralSecurityException {
    return new CheckpointIssuer(keys, TestKeys.CLOCK).issue(HEAD);
  }

  private static LogCode refusal(String note, LogTrust trust) {
    return assertThrows(AuditLogException.class, () -> Checkpoint.verify(note, trust, TestKeys.NOW))
        .code();
  }

  private static LogTrust trust(List<TrustedKey> keys, SignatureRequirement requirement) {
    return new LogTrust(TestKeys.ORIGIN, keys, requirement);
  }

  @Test
  void carriesBothSignaturesAndTheTime() throws Exception {
    Checkpoint checkpoint =
        Checkpoint.verify(issue(TestKeys.KEYS).note(), TestKeys.TRUST, TestKeys.NOW);
    assertEquals(1, checkpoint.size());
    assertEquals(ROOT, checkpoint.root());
    assertEquals(TestKeys.NOW, checkpoint.time().orElseThrow());
  }

  @ParameterizedTest
  @EnumSource(SignatureRequirement.class)
  void aTrustedSignatureThatDoesNotFitRefusesWhateverIsRequired(SignatureRequirement requirement)
      throws Exception {
    SignedNote note = SignedNote.parse(issue(TestKeys.KEYS).note());
    for (int broken = 0; broken < 2; broken++) {
      List<NoteSignature> signatures = new ArrayList<>(note.signatures());
      NoteSignature old = signatures.get(broken);
      byte[] changed = old.signature().clone();
      changed[changed.length - 1] ^= 1;
      signatures.set(
          broken,
          new NoteSignature(
              TestKeys.ORIGIN, old.isBy(ED25519) ? ED25519.keyId() : ML_DSA_44.keyId(), changed));
      String forged = new SignedNote(note.text(), signatures).format();
      LogTrust trust = trust(TestKeys.TRUST.keys(), requirement);
      assertEquals(LogCode.SIGNATURE_INVALID, refusal(forged, trust));
    }
  }

  @Test
  void everyChangeOfTheTextIsRefused() throws Exception {
    String note = issue(TestKeys.KEYS).note();
    assertEquals(
        LogCode.SIGNATURE_INVALID, refusal(note.replace("\n1\n", "\n2\n"), TestKeys.TRUST));
    String otherRoot = new TreeHasher().leaf(new byte[] {2}).base64();
    assertEquals(
        LogCode.SIGNATURE_INVALID, refusal(note.replace(ROOT.base64(), otherRoot), TestKeys.TRUST));
  }

  @Test
  void aChangedTimestampIsRefused() throws Exception {
    SignedNote note = SignedNote.parse(issue(TestKeys.KEYS).note());
    byte[] changed = note.signatures().get(1).signature().clone();
    changed[7] ^= 1;
    List<NoteSignature> signatures =
        List.of(
            note.signatures().getFirst(),
            new NoteSignature(TestKeys.ORIGIN, ML_DSA_44.keyId(), changed));
    assertEquals(
        LogCode.SIGNATURE_INVALID,
        refusal(new SignedNote(note.text(), signatures).format(), TestKeys.TRUST));
  }

  @Test
  void requiredSignaturesMustBeThere() throws Exception {
    SignedNote note = SignedNote.parse(issue(TestKeys.KEYS).note());
    String onlyEd25519 = new SignedNote(note.text(), List.of(note.signatures().get(0))).format();
    String onlyMlDsa44 = new SignedNote(note.text(), List.of(note.signatures().get(1))).format();
    List<TrustedKey> keys = TestKeys.TRUST.keys();
    assertEquals(LogCode.SIGNATURE_MISSING, refusal(onlyEd25519, TestKeys.TRUST));
    assertEquals(LogCode.SIGNATURE_MISSING, refusal(onlyMlDsa44, TestKeys.TRUST));
    assertEquals(
        LogCode.SIGNATURE_MISSING, refusal(onlyMlDsa44, trust(keys, SignatureRequirement.ED25519)));
    Checkpoint.verify(onlyEd25519, trust(keys, SignatureRequirement.ED25519), TestKeys.NOW);
    Checkpoint.verify(onlyMlDsa44, trust(keys, SignatureRequirement.ML_DSA_44), TestKeys.NOW);
  }

  @Test
  void unknownSignaturesAreIgnored() throws Exception {
    SignedNote note = SignedNote.parse(issue(TestKeys.KEYS).note());
    List<NoteSignature> signatures = new ArrayList<>(note.signatures());
    signatures.add(new NoteSignature("witness.example/w", 7, new byte[64]));
    signatures.add(new NoteSignature(TestKeys.ORIGIN, 7, new byte[64]));
    signatures.add(new NoteSignature("witness.example/w", ED25519.keyId(), new byte[64]));
    Checkpoint.verify(
        new SignedNote(note.text(), signatures).format(), TestKeys.TRUST, TestKeys.NOW);
  }

  @Test
  void keysOfAnotherLogAreNotEnough() throws Exception {
    LogKeys others = TestKeys.make(TestKeys.ORIGIN);
    assertEquals(LogCode.SIGNATURE_MISSING, refusal(issue(others).note(), TestKeys.TRUST));
  }

  @Test
  void keysCountInTheirPeriodOnly() throws Exception {
    String note = issue(TestKeys.KEYS).note();
    Instant now = TestKeys.NOW;
    List<TrustedKey> valid =
        List.of(new TrustedKey(ED25519, now, now), new TrustedKey(ML_DSA_44, now, now));
    Checkpoint.verify(note, trust(valid, SignatureRequirement.BOTH), now);
    for (TrustedKey late :
        List.of(
            new TrustedKey(ED25519, now.plusSeconds(1), now.plus(HOUR)),
            new TrustedKey(ED25519, now.minus(HOUR), now.minusSeconds(1)))) {
      LogTrust trust = trust(List.of(late, valid.get(1)), SignatureRequirement.BOTH);
      assertEquals(LogCode.KEY_NOT_VALID, refusal(note, trust));
    }
    // The cosignature states its own time, whatever the verifier believes it is.
    LogTrust retired =
        trust(
            List.of(TrustedKey.always(ED25519), new TrustedKey(ML_DSA_44, now.minus(HOUR), now)),
            SignatureRequirement.BOTH);
    Checkpoint.verify(note, retired, now.plus(HOUR));
    LogTrust notYet =
        trust(
            List.of(
                TrustedKey.always(ED25519),
                new TrustedKey(ML_DSA_44, now.plusSeconds(1), now.plus(HOUR))),
            SignatureRequirement.BOTH);
    assertEquals(LogCode.KEY_NOT_VALID, refusal(note, notYet));
  }

  /** An auditor, years later: the cosignature says when the Ed25519 key had to be valid. */
  @Test
  void anAuditOfThePastTakesTheTimeFromTheCosignature() throws Exception {
    SignedNote note = SignedNote.parse(issue(TestKeys.KEYS).note());
    Instant now = TestKeys.NOW;
    Instant later = now.plus(Duration.ofDays(2000));
    List<TrustedKey> retired =
        List.of(
            new TrustedKey(ED25519, now.minus(HOUR), now.plus(HOUR)),
            new TrustedKey(ML_DSA_44, now.minus(HOUR), now.plus(HOUR)));
    LogTrust trust = trust(retired, SignatureRequirement.BOTH);
    assertEquals(1, CheckpointVerifier.verifyPast(note, trust, later).size());
    assertEquals(
        LogCode.KEY_NOT_VALID,
        assertThrows(AuditLogException.class, () -> Checkpoint.verify(note.format(), trust, later))
            .code());
    SignedNote alone = new SignedNote(note.text(), List.of(note.signatures().getFirst()));
    LogTrust ed25519Only = trust(retired, SignatureRequirement.ED25519);
    assertEquals(
        LogCode.KEY_NOT_VALID,
        assertThrows(
                AuditLogException.class,
                () -> CheckpointVerifier.verifyPast(alone, ed25519Only, later))
            .code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "origin\n1\n",
        "origin\n1\nAAAA\n",
        "origin\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n+1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n9223372036854775808\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "origin\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a b\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextension\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n",
      })
  void refusesWhatIsNotACheckpoint(String text) {
    assertEquals(
        LogCode.CHECKPOINT_MALFORMED, refusal(text + "\n\u2014 k AAAAAAA=\n", TestKeys.TRUST));
  }
}
