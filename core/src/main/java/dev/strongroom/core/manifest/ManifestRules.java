package dev.strongroom.core.manifest;

import dev.strongroom.core.path.PathSet;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.SegmentLayout;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What makes a manifest valid, rule by rule. */
final class ManifestRules {
  private static final Pattern TIME =
      Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");

  private ManifestRules() {}

  static void checkIdentifiers(String format, String algorithm) {
    if (!format.equals(Manifest.FORMAT)) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM,
          "the manifest is not of the format " + Manifest.FORMAT + "; use a matching release");
    }
    if (!algorithm.equals(Manifest.ALGORITHM)) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM,
          "the manifest names another algorithm than " + Manifest.ALGORITHM);
    }
  }

  static String formatTime(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static void checkTime(String createdAt) {
    try {
      if (TIME.matcher(createdAt).matches()
          && formatTime(Instant.parse(createdAt)).equals(createdAt)) {
        return;
      }
    } catch (DateTimeException e) {
      throw invalid("createdAt is no time", e);
    }
    throw invalid("createdAt is written as 2026-01-31T12:00:00Z (RFC 3339, UTC, seconds)");
  }

  static void checkFiles(List<ManifestFile> files, int segmentSize) {
    PathSet.of(files.stream().map(ManifestFile::path).toList());
    Set<ObjectName> objects = new HashSet<>();
    for (int i = 0; i < files.size(); i++) {
      ManifestFile file = files.get(i);
      checkFile(file, i, segmentSize);
      if (i > 0 && files.get(i - 1).path().compareTo(file.path()) >= 0) {
        throw invalid("the files are not in the order of the UTF-8 bytes of their paths");
      }
      if (!objects.add(file.objectName())) {
        throw invalid("two files have the same object name");
      }
    }
  }

  private static void checkFile(ManifestFile file, int place, int segmentSize) {
    if (file.index() != place) {
      throw invalid("the indexes of the files are not 0, 1, 2 and so on");
    }
    boolean allowed = (file.mode() & ~ManifestFile.MODE_MASK) == 0;
    if (!allowed || (file.mode() & ManifestFile.OWNER_READ) == 0) {
      throw invalid("a mode has other bits than read and execute, or the owner cannot read");
    }
    long expected = new SegmentLayout(file.plaintextSize(), segmentSize).ciphertextSize();
    if (file.ciphertextSize() != expected) {
      throw invalid("a file's ciphertext size does not agree with its plaintext size");
    }
  }

  static void checkTotals(List<ManifestFile> files, ManifestTotals totals) {
    if (!ManifestTotals.of(files).equals(totals)) {
      throw invalid("the totals are not the sums of the files");
    }
  }

  private static Problem invalid(String why) {
    return new Problem(ProblemCode.MANIFEST_INVALID, "the manifest is invalid: " + why);
  }

  private static Problem invalid(String why, Throwable cause) {
    return new Problem(ProblemCode.MANIFEST_INVALID, "the manifest is invalid: " + why, cause);
  }
}
