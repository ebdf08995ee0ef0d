package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.policy.ApprovalFile;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.manifest.DsseSigner;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.approval.PolicyStatement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
      "add theirs, and which 'strongroom policy apply' puts in force. What is signed, and how it",
      "differs from what is in force, is shown first, and on a terminal you are asked."
    },
    footer = {"Example:", "  strongroom policy rollback --to 3 --key alice.pem"})
final class PolicyRollbackCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Mixin private PolicyReview review = new PolicyReview();

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
  public Integer call() {
    review.requireAnswerable();
    Path target = out == null ? Path.of("rollback-to-" + version + ".approval.json") : out;
    if (Files.exists(target)) {
      throw new ParameterException(
          spec.commandLine(), target + " is there already; remove it, or name another with --out.");
    }
    PublisherKey approver = PublisherKey.read(key);
    try (Session session = connection.session()) {
      JsonNode head = session.get("/v1/policy");
      // Asked first: where a file rules there are no versions to name.
      PolicyStatement old = old(session.get("/v1/policy/versions/" + version), head);
      PolicyStatement statement =
          PolicyApproveCommand.successor(
              head, old.policy(), reason == null ? "back to version " + version : reason);
      if (!review.isWanted(statement, head)) {
        return ExitCode.REFUSED.value();
      }
      PolicyApproveCommand.signed(
          Strongroom.above(spec).output(),
          new ApprovalFile(
              target,
              DsseSigner.sign(PolicyStatement.PAYLOAD_TYPE, statement.bytes(), approver),
              statement));
      return ExitCode.OK.value();
    }
  }

  /** What was signed then; the text beside it in the answer is not looked at. */
  private PolicyStatement old(JsonNode answer, JsonNode head) {
    PolicyStatement old;
    try {
      DsseEnvelope envelope =
          DsseEnvelope.parse(
              CanonicalJson.write(answer.path("envelope")), PolicyStatement.MAX_BYTES);
      old = PolicyStatement.parse(envelope.payload());
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.APPROVAL_INVALID, "the service showed no statement of that version", e);
    }
    if (old.version() != version
        || !old.origin().equals(head.path("origin").asText())
        || !old.digest().hex().equals(answer.path("version").path("statement").asText())) {
      throw new Problem(
          ProblemCode.APPROVAL_INVALID,
          "what the service shows as version "
              + version
              + " is not the statement that it names: sign nothing of it, and have the store looked"
              + " at");
    }
    return old;
  }
}
