package dev.strongroom.auditlog;

import dev.strongroom.auditlog.SignedNote.NoteSignature;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Signs tree heads with both keys of the log. */
final class CheckpointIssuer {
  private final LogKeys keys;
  private final InstantSource clock;

  CheckpointIssuer(LogKeys keys, InstantSource clock) {
    this.keys = keys;
    this.clock = clock;
  }

  Checkpoint issue(TreeHead head) throws GeneralSecurityException {
    long seconds = Math.max(0, clock.instant().getEpochSecond());
    SignedNote text = new SignedNote(head.text(), List.of());
    byte[] ed25519 = keys.ed25519().sign(text.signedBytes());
    VerifierKey cosigner = keys.mlDsa44().verifierKey();
    byte[] mlDsa44 = keys.mlDsa44().sign(Cosignature.message(cosigner.name(), seconds, head));
    SignedNote note =
        new SignedNote(
            head.text(),
            List.of(
                line(keys.ed25519().verifierKey(), ed25519),
                line(cosigner, Cosignature.timestamped(seconds, mlDsa44))));
    return new Checkpoint(head, note.format(), Optional.of(Instant.ofEpochSecond(seconds)));
  }

  private static NoteSignature line(VerifierKey key, byte[] signature) {
    return new NoteSignature(key.name(), key.keyId(), signature);
  }
}
