package dev.strongroom.auditlog;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/**
 * The two keys that sign a log's checkpoints: Ed25519 for every tool there is, ML-DSA-44 for the
 * time when Ed25519 no longer holds. Both carry the log's origin as their name.
 */
public final class LogKeys {
  private final CheckpointSigner ed25519;
  private final CheckpointSigner mlDsa44;

  private LogKeys(CheckpointSigner ed25519, CheckpointSigner mlDsa44) {
    this.ed25519 = require(ed25519, SignatureType.ED25519);
    this.mlDsa44 = require(mlDsa44, SignatureType.ML_DSA_44);
    if (!ed25519.verifierKey().name().equals(mlDsa44.verifierKey().name())) {
      throw unsuitable("the two keys have different names");
    }
  }

  /**
   * Joins two signers, for keys that do not live in files.
   *
   * @throws AuditLogException {@code key-unsuitable} if a type is wrong or the names differ
   */
  public static LogKeys of(CheckpointSigner ed25519, CheckpointSigner mlDsa44) {
    return new LogKeys(ed25519, mlDsa44);
  }

  /**
   * Makes two new keys, writes each to its file (mode 0600, synced, whole or not at all), and loads
   * them.
   *
   * @param origin the origin of the log that they will sign
   * @throws AuditLogException {@code key-file-exists} (nothing is ever overwritten), {@code
   *     log-io-failed}
   */
  public static LogKeys generate(Path ed25519File, Path mlDsa44File, String origin) {
    KeyFile.generate(ed25519File, origin, SignatureType.ED25519);
    KeyFile.generate(mlDsa44File, origin, SignatureType.ML_DSA_44);
    return load(ed25519File, mlDsa44File);
  }

  /**
   * Makes those of the two keys whose files are absent, and loads both: for a log that does not
   * exist yet, whose first start may have ended between the two.
   *
   * @param origin the origin of the log that they will sign
   * @throws AuditLogException as {@link #generate} and {@link #load}
   */
  public static LogKeys generateAbsent(Path ed25519File, Path mlDsa44File, String origin) {
    if (Files.notExists(ed25519File, LinkOption.NOFOLLOW_LINKS)) {
      KeyFile.generate(ed25519File, origin, SignatureType.ED25519);
    }
    if (Files.notExists(mlDsa44File, LinkOption.NOFOLLOW_LINKS)) {
      KeyFile.generate(mlDsa44File, origin, SignatureType.ML_DSA_44);
    }
    return load(ed25519File, mlDsa44File);
  }

  /**
   * Loads the keys and checks that each private key belongs to its verifier key.
   *
   * @throws AuditLogException {@code key-file-missing}, {@code key-file-insecure} (others than the
   *     owner may read it, or it is not a regular file), {@code key-file-malformed}, {@code
   *     key-unsuitable}, {@code verifier-key-malformed}, {@code log-io-failed}
   */
  public static LogKeys load(Path ed25519File, Path mlDsa44File) {
    return new LogKeys(KeyFile.load(ed25519File), KeyFile.load(mlDsa44File));
  }

  private static CheckpointSigner require(CheckpointSigner signer, SignatureType type) {
    if (signer.verifierKey().type() != type) {
      throw unsuitable("an " + type.algorithm() + " key is needed where another was given");
    }
    return signer;
  }

  private static AuditLogException unsuitable(String why) {
    return new AuditLogException(LogCode.KEY_UNSUITABLE, why);
  }

  /** The name of both keys, which is the origin of the log that they sign. */
  public String origin() {
    return ed25519.verifierKey().name();
  }

  public CheckpointSigner ed25519() {
    return ed25519;
  }

  public CheckpointSigner mlDsa44() {
    return mlDsa44;
  }

  /** The public halves, for auditors and sidecars to pin: Ed25519, then ML-DSA-44. */
  public List<VerifierKey> verifierKeys() {
    return List.of(ed25519.verifierKey(), mlDsa44.verifierKey());
  }

  @Override
  public String toString() {
    return "keys of the log " + origin();
  }
}
