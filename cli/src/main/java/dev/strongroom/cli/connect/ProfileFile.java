package dev.strongroom.cli.connect;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.yaml.RecordReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads a profile: YAML, in which unknown keys are refused with the nearest known one. */
final class ProfileFile {
  private ProfileFile() {}

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} that names every fault with its line
   */
  static Profile read(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      if (text.lines().allMatch(line -> line.isBlank() || line.stripLeading().startsWith("#"))) {
        return Profile.EMPTY;
      }
      Path folder = file.toAbsolutePath().getParent();
      return RecordReader.read(
              text, Profile.class, folder == null ? file.toAbsolutePath() : folder, null)
          .orThrow("the profile " + file);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "the profile " + file + " cannot be read", e);
    }
  }
}
