package dev.strongroom.cli.policy;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.policy.CandidatePolicy;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A policy in a file: as it is written, or within what approvers signed.
 *
 * @param text YAML
 */
public record PolicyFile(Path file, String text) {

  /**
   * Reads the text; it may have faults.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when there is no text to read
   */
  public static PolicyFile read(Path file) {
    String content = content(file);
    return new PolicyFile(
        file,
        ApprovalFile.isEnvelope(content)
            ? ApprovalFile.of(file, content).statement().policy()
            : content);
  }

  /**
   * What is in a file, a policy or one with approvals.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when there is no text to read
   */
  public static String content(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, file + ": " + Fault.unreadable(e).message(), e);
    }
  }

  /**
   * The policy, ready to decide.
   *
   * @throws Problem {@link ProblemCode#POLICY_INVALID} that names the file and every fault
   */
  public CompiledPolicy compiled() {
    try {
      return CandidatePolicy.of(text, List.of());
    } catch (Problem e) {
      throw new Problem(e.code(), file + ": " + e.getMessage(), e);
    }
  }
}
