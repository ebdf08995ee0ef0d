package dev.strongroom.core.manifest;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Require;
import dev.strongroom.core.weights.FileCommitment;

/**
 * One file of a version.
 *
 * @param index its place in the manifest, from 0
 * @param path where it is delivered to
 * @param mode POSIX permission bits: some of 0555, the owner's read bit among them
 * @param plaintextSize bytes of the file
 * @param ciphertextSize bytes of the object
 * @param objectName the object's name
 * @param commitment binds the file to the data key and its context
 * @param sha256 the digest of the file
 */
public record ManifestFile(
    int index,
    WeightPath path,
    int mode,
    long plaintextSize,
    long ciphertextSize,
    ObjectName objectName,
    FileCommitment commitment,
    Sha256Digest sha256) {
  /** Permission bits that a delivered file may have: nobody writes. */
  public static final int MODE_MASK = 0555;

  /** The permission bit that every file has. */
  public static final int OWNER_READ = 0400;

  /**
   * Checks that nothing is missing; whether the values agree is for {@link Manifest}.
   *
   * @throws dev.strongroom.core.problem.Problem when a value is missing
   */
  public ManifestFile {
    Require.present(path, "path");
    Require.present(objectName, "objectName");
    Require.present(commitment, "commitment");
    Require.present(sha256, "sha256");
  }
}
