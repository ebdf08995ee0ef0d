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
  private final Instant fallback;
  private final boolean believeCosignature;
  private final TreeHead head;
  private final Set<SignatureType> verified = EnumSet.noneOf(SignatureType.class);
  private boolean outsidePeriod;
  private Optional<Instant> time = Optional.empty();

  private CheckpointVerifier(
      SignedNote note, LogTrust trust, Instant fallback, boolean believeCosignature) {
    this.note = note;
    this.trust = trust;
    this.fallback = fallback;
    this.believeCosignature = believeCosignature;
    this.head = TreeHead.parse(note.text());
  }

  /** Keys whose signatures carry no time must be valid at {@code at}. */
  static Checkpoint verify(SignedNote note, String text, LogTrust trust, Instant at) {
    return new CheckpointVerifier(note, trust, at, false).run(text);
  }

  /**
   * For an audit of the past: keys whose signatures carry no time must be valid at the time that a
   * trusted cosignature beside them states, and at {@code fallback} only where there is none.
   */
  static Checkpoint verifyPast(SignedNote note, LogTrust trust, Instant fallback) {
    return new CheckpointVerifier(note, trust, fallback, true).run(note.format());
  }

  private Checkpoint run(String text) {
    requireOrigin();
    verifySignaturesOf(SignatureType.ML_DSA_44);
    verifySignaturesOf(SignatureType.ED25519);
    requireSignatures();
    return new Checkpoint(head, text, time);
  }

  private void requireOrigin() {
    if (!head.origin().equals(trust.origin())) {
      throw new AuditLogException(
          LogCode.ORIGIN_MISMATCH,
          "the checkpoint is of the log '" + head.origin() + "', not '" + trust.origin() + "'");
    }
  }

  private void verifySignaturesOf(SignatureType type) {
    for (NoteSignature signature : note.signatures()) {
      for (TrustedKey trusted : trust.keys()) {
        if (trusted.key().type() == type && signature.isBy(trusted.key())) {
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
    return believeCosignature ? time.orElse(fallback) : fallback;
  }

  private Instant verifyMlDsa44(NoteSignature signature, VerifierKey key) {
    byte[] timestamped = signature.signature();
    requireFit(Cosignature.isWellFormed(timestamped), key);
    long seconds = Cosignature.timestamp(timestamped);
    byte[] message = Cosignature.message(key.name(), seconds, head);
    requireFit(key.verifies(message, Cosignature.signature(timestamped)), key);
    if (seconds == 0 || seconds > Instant.MAX.getEpochSecond()) {
      return fallback; // Zero makes no statement about time (tlog-cosignature); the rest is no
      // time.
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
    for (SignatureType type : SignatureType.values()) {
      if (trust.requirement().requires(type) && !verified.contains(type)) {
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
