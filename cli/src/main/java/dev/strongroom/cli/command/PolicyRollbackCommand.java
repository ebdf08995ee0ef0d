package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.policy.ApprovalFile;
import dev.strongroom.core.manifest.DsseSigner;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.keyservice.approval.PolicyStatement;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes the next version out of an old one. */
@Command(
    name = "rollback",
    header = "Sign the content of an earlier policy as the next version.",
    description = {
      "Old approvals do not count again: this writes a file with your signature, to which others",
      "add theirs, and which 'strongroom policy apply' puts in force."
    },
    footer = {"Example:", "  strongroom policy rollback --to 3 --key alice.pem"})
final class PolicyRollbackCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Option(
      names = "--to",
      required = true,
      paramLabel = "VERSION",
      description = "As 'strongroom policy history' shows it.")
  private long version;

  @Option(names = "--key", required = true, paramLabel = "FILE", description = "Your private key.")
  private Path key = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "Where to write what was signed; rollback-to-VERSION.approval.json where absent.")
  private @Nullable Path out;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why; it is signed too.")
  private @Nullable String reason;

  @Override
  public void run() {
    Path target = out == null ? Path.of("rollback-to-" + version + ".approval.json") : out;
    if (Files.exists(target)) {
      throw new ParameterException(
          spec.commandLine(), target + " is there already; remove it, or name another with --out.");
    }
    PublisherKey approver = PublisherKey.read(key);
    try (Session session = connection.session()) {
      JsonNode head = session.get("/v1/policy");
      // Asked first: where a file rules there are no versions to name.
      JsonNode old = session.get("/v1/policy/versions/" + version);
      PolicyStatement statement =
          PolicyApproveCommand.successor(
              head,
              old.path("text").asText(),
              reason == null ? "back to version " + version : reason);
      PolicyApproveCommand.signed(
          Strongroom.above(spec).output(),
          new ApprovalFile(
              target,
              DsseSigner.sign(PolicyStatement.PAYLOAD_TYPE, statement.bytes(), approver),
              statement));
    }
  }
}
