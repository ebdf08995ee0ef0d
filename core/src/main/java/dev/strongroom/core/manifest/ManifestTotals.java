package dev.strongroom.core.manifest;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Sums over the files of a manifest.
 *
 * @param files the number of files
 * @param plaintextBytes the size of all files
 * @param ciphertextBytes the size of all objects
 */
public record ManifestTotals(int files, long plaintextBytes, long ciphertextBytes) {

  /**
   * @throws Problem {@link ProblemCode#MANIFEST_INVALID} when a sum is beyond 64 bits
   */
  static ManifestTotals of(List<ManifestFile> files) {
    return new ManifestTotals(
        files.size(),
        sum(files, ManifestFile::plaintextSize),
        sum(files, ManifestFile::ciphertextSize));
  }

  private static long sum(List<ManifestFile> files, ToLongFunction<ManifestFile> size) {
    try {
      return files.stream().mapToLong(size).reduce(0, Math::addExact);
    } catch (ArithmeticException e) {
      throw new Problem(
          ProblemCode.MANIFEST_INVALID, "the files are larger than 2^63 bytes together", e);
    }
  }
}
