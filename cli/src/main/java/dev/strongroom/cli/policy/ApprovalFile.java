package dev.strongroom.cli.policy;

import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.approval.PolicyStatement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A policy with the signatures of those who approved it (DSSE). Who reads it here believes none of
 * them: the service verifies.
 */
public record ApprovalFile(Path file, DsseEnvelope envelope, PolicyStatement statement) {

  /** Whether a text looks like what approvers signed, and not like a policy as it is written. */
  public static boolean isEnvelope(String text) {
    return text.startsWith("{") && text.contains("\"payloadType\"");
  }

  /**
   * Reads one.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it is none
   */
  public static ApprovalFile read(Path file) {
    return of(file, PolicyFile.content(file));
  }

  /**
   * The same of a text that was read already.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it is none
   */
  public static ApprovalFile of(Path file, String content) {
    try {
      byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
      DsseEnvelope envelope = DsseEnvelope.parse(bytes, PolicyStatement.MAX_BYTES);
      if (!envelope.payloadType().equals(PolicyStatement.PAYLOAD_TYPE)) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID, file + " holds something else than a policy");
      }
      return new ApprovalFile(file, envelope, PolicyStatement.parse(envelope.payload()));
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          file + " is no policy with approvals: " + e.getMessage(),
          e);
    }
  }

  /** Whether this file holds what approvers signed. */
  public static boolean isThere(Path file) {
    try {
      return Files.exists(file) && isEnvelope(Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Writes it whole, in the place of what was there.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it cannot be written
   */
  public void write() {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Path _ = Files.write(fresh, envelope.toJson());
      Path _ =
          Files.move(
              fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, file + " cannot be written", e);
    }
  }
}
