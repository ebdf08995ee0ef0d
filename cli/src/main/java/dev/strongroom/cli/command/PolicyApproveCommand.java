package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.policy.ApprovalFile;
import dev.strongroom.cli.policy.PolicyFile;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.manifest.DsseSigner;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.approval.PolicyStatement;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Signs a policy. */
@Command(
    name = "approve",
    header = "Sign a policy, so that it may take effect.",
    description = {
      "FILE is a policy (YAML): the service is asked which one is in force, this one is signed as",
      "its successor, and policy.approval.json is written beside policy.yaml. Or FILE is that file,",
      "and one signature is added. What is signed, and how it differs from what is in force, is",
      "shown first, and on a terminal you are asked. Without a service, or with --offline, the",
      "policy is shown whole. What is signed holds for one service and as the successor of one",
      "policy alone."
    },
    footer = {
      "Examples:",
      "  strongroom policy approve policy.yaml --key alice.pem --reason 'a new cluster'",
      "  strongroom policy approve policy.approval.json --key bob.pem"
    })
final class PolicyApproveCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Mixin private PolicyReview review = new PolicyReview();

  @Parameters(paramLabel = "FILE", description = "The policy, or the policy with approvals.")
  private Path file = Path.of("");

  @Option(
      names = "--key",
      required = true,
      paramLabel = "FILE",
      description = "Your private key; 'strongroom keygen approver' makes one.")
  private Path key = Path.of("");

  @Option(names = "--out", paramLabel = "FILE", description = "Where to write what was signed.")
  private @Nullable Path out;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why; it is signed too.")
  private @Nullable String reason;

  @Option(
      names = "--offline",
      description = "Ask no service what is in force; only where FILE has approvals already.")
  private boolean offline;

  @Override
  public Integer call() {
    review.requireAnswerable();
    PublisherKey approver = PublisherKey.read(key);
    // Read once: what is shown is what is signed.
    String content = PolicyFile.content(file);
    boolean signed =
        ApprovalFile.isEnvelope(content)
            ? add(ApprovalFile.of(file, content), approver)
            : begin(new PolicyFile(file, content), approver);
    return (signed ? ExitCode.OK : ExitCode.REFUSED).value();
  }

  private boolean add(ApprovalFile found, PublisherKey approver) {
    if (!review.isWanted(found.statement(), head())) {
      return false;
    }
    signed(
        output(),
        new ApprovalFile(
            out == null ? file : out,
            DsseSigner.add(found.envelope(), approver),
            found.statement()));
    return true;
  }

  private @Nullable JsonNode head() {
    if (offline || connection.namedService().isEmpty()) {
      return null;
    }
    try (Session session = connection.session()) {
      return session.get("/v1/policy");
    }
  }

  private boolean begin(PolicyFile policy, PublisherKey approver) {
    CompiledPolicy _ = policy.compiled();
    Path target = out == null ? beside(file) : out;
    try (Session session = connection.session()) {
      JsonNode head = session.get("/v1/policy");
      PolicyStatement statement = successor(head, policy.text(), reason);
      ApprovalFile before = ApprovalFile.isThere(target) ? ApprovalFile.read(target) : null;
      if (before != null && !before.statement().equals(statement)) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID,
            target
                + " holds approvals of something else; remove it when they are not wanted any"
                + " more, or name another file with --out");
      }
      if (!review.isWanted(statement, head)) {
        return false;
      }
      signed(
          output(),
          new ApprovalFile(
              target,
              before == null
                  ? DsseSigner.sign(PolicyStatement.PAYLOAD_TYPE, statement.bytes(), approver)
                  : DsseSigner.add(before.envelope(), approver),
              statement));
      return true;
    }
  }

  /**
   * The statement that follows what the service has in force.
   *
   * @throws Problem {@link ProblemCode#POLICY_FILE_RULES}
   */
  static PolicyStatement successor(JsonNode head, String policy, @Nullable String reason) {
    if (!head.path("source").asText().equals("approvals")) {
      throw new Problem(
          ProblemCode.POLICY_FILE_RULES,
          "a file rules at this service: policies take effect there without approvals");
    }
    return PolicyStatement.after(
        head.path("origin").asText(),
        head.path("version").asLong(),
        head.hasNonNull("statement") ? new Sha256Digest(head.path("statement").asText()) : null,
        policy,
        reason);
  }

  /** Writes what was signed, and says what is next. */
  static void signed(Output output, ApprovalFile approved) {
    approved.write();
    PolicyStatement statement = approved.statement();
    int signatures = approved.envelope().signatures().size();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("file", approved.file().toString());
    result.put("origin", statement.origin());
    result.put("version", statement.version());
    result.put("statement", statement.digest().hex());
    result.put("signatures", signatures);
    output.json(result);
    output.line(
        "Signed: version "
            + statement.version()
            + " of the policy of "
            + statement.origin()
            + " ("
            + statement.digest().hex()
            + ").");
    output.line(
        approved.file()
            + " has "
            + signatures
            + (signatures == 1 ? " signature." : " signatures.")
            + " Others add theirs: strongroom policy approve "
            + approved.file()
            + " --key KEY");
    output.line("Enough of them? strongroom policy apply " + approved.file());
  }

  private static Path beside(Path policy) {
    String name = String.valueOf(policy.getFileName());
    int dot = name.lastIndexOf('.');
    return policy.resolveSibling((dot < 0 ? name : name.substring(0, dot)) + ".approval.json");
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }
}
