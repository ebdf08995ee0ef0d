package dev.strongroom.auditlog;

import dev.strongroom.auditlog.SignedNote.NoteSignature;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The policy by which a checkpoint is believed. */
final class CheckpointVerifier {
  private final SignedNote note;
  private final LogTrust trust;
  private final Instant at;
  private final TreeHead head;
  private final Set<SignatureType> verified = EnumSet.noneOf(SignatureType.class);
  private boolean outsidePeriod;
  private Optional<Instant> time = Optional.empty();

  private CheckpointVerifier(SignedNote note, LogTrust trust, Instant at) {
    this.note = note;
    this.trust = trust;
    this.at = at;
    this.head = TreeHead.parse(note.text());
  }

  static Checkpoint verify(SignedNote note, String text, LogTrust trust, Instant at) {
    CheckpointVerifier verifier = new CheckpointVerifier(note, trust, at);
    verifier.requireOrigin();
    verifier.verifyEveryTrustedSignature();
    verifier.requireSignatures();
    return new Checkpoint(verifier.head, text, verifier.time);
  }

  private void requireOrigin() {
    if (!head.origin().equals(trust.origin())) {
      throw new AuditLogException(
          LogCode.ORIGIN_MISMATCH,
          "the checkpoint is of the log '" + head.origin() + "', not '" + trust.origin() + "'");
    }
  }

  private void verifyEveryTrustedSignature() {
    for (NoteSignature signature : note.signatures()) {
      for (TrustedKey trusted : trust.keys()) {
        if (signature.isBy(trusted.key())) {
          verifyOne(signature, trusted);
        }
      }
    }
  }

  private void verifyOne(NoteSignature signature, TrustedKey trusted) {
    VerifierKey key = trusted.key();
    Instant signedAt =
        switch (key.type()) {
          case ED25519 -> verifyEd25519(signature, key);
          case ML_DSA_44 -> verifyMlDsa44(signature, key);
        };
    if (trusted.isValidAt(signedAt)) {
      verified.add(key.type());
    } else {
      outsidePeriod = true;
    }
  }

  private Instant verifyEd25519(NoteSignature signature, VerifierKey key) {
    requireFit(key.verifies(note.signedBytes(), signature.signature()), key);
    return at;
  }

  private Instant verifyMlDsa44(NoteSignature signature, VerifierKey key) {
    byte[] timestamped = signature.signature();
    requireFit(Cosignature.isWellFormed(timestamped), key);
    long seconds = Cosignature.timestamp(timestamped);
    byte[] message = Cosignature.message(key.name(), seconds, head);
    requireFit(key.verifies(message, Cosignature.signature(timestamped)), key);
    if (seconds == 0 || seconds > Instant.MAX.getEpochSecond()) {
      return at; // Zero makes no statement about time (tlog-cosignature); the rest is no time.
    }
    Instant signedAt = Instant.ofEpochSecond(seconds);
    time = Optional.of(signedAt);
    return signedAt;
  }

  private void requireFit(boolean fits, VerifierKey key) {
    if (!fits) {
      throw new AuditLogException(
          LogCode.SIGNATURE_INVALID,
          "the "
              + key.type().algorithm()
              + " signature of '"
              + key.name()
              + "' does not fit the checkpoint: it was changed, or signed by another key");
    }
  }

  private void requireSignatures() {
    for (SignatureType type : trust.requirement().types()) {
      if (!verified.contains(type)) {
        throw outsidePeriod
            ? new AuditLogException(
                LogCode.KEY_NOT_VALID,
                "the checkpoint is signed by a trusted key outside its period of validity")
            : new AuditLogException(
                LogCode.SIGNATURE_MISSING,
                "the checkpoint carries no " + type.algorithm() + " signature by a trusted key");
      }
    }
  }
}
