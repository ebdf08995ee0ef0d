package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.policy.ApprovalFile;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.keyservice.approval.PolicyStatement;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends a policy with its approvals. */
@Command(
    name = "apply",
    header = "Put a policy in force that enough approvers signed.",
    description = {
      "The service verifies every signature. It refuses what does not follow the policy in force.",
      "Needs the right to 'policy'; administrators have it."
    },
    footer = {"Example:", "  strongroom policy apply policy.approval.json"})
final class PolicyApplyCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Parameters(paramLabel = "FILE", description = "The policy with approvals.")
  private Path file = Path.of("");

  @Override
  public void run() {
    ApprovalFile approved = ApprovalFile.read(file);
    try (Session session = connection.session()) {
      JsonNode applied =
          session.post(
              "/v1/policy",
              CanonicalJson.parse(approved.envelope().toJson(), 4 * PolicyStatement.MAX_BYTES));
      Output output = Strongroom.above(spec).output();
      output.json(applied);
      output.line(
          "In force: version "
              + applied.path("version").asLong()
              + " of the policy ("
              + applied.path("digest").asText()
              + "), approved by "
              + PolicyShowCommand.names(applied.path("approvedBy"))
              + ".");
    }
  }
}
