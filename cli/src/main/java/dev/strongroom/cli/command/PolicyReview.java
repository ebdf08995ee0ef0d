package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Environment;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.output.Table;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.approval.PolicyStatement;
import dev.strongroom.keyservice.policy.CandidatePolicy;
import dev.strongroom.keyservice.policy.PolicyDocument;
import dev.strongroom.keyservice.policy.check.PolicyDiff;
import dev.strongroom.keyservice.policy.check.PolicyLint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows an approver what is about to be signed, and asks. */
final class PolicyReview {
  private static final String NOTHING = "format: " + PolicyDocument.FORMAT;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  /** Nobody is shown something under --json, so nobody can be asked. */
  void requireAnswerable() {
    if (asks() && output().isJson()) {
      throw new ParameterException(
          spec.commandLine(), "Nobody is asked under --json: give --yes to sign.");
    }
  }

  /**
   * Shows it, and asks where a person is there.
   *
   * @param head what {@code GET /v1/policy} says is in force; null where no service is asked
   * @return whether to sign
   * @throws Problem {@link ProblemCode#POLICY_INVALID}, and {@link
   *     ProblemCode#POLICY_VERSION_MISMATCH} or {@link ProblemCode#APPROVAL_INVALID} when the
   *     service would refuse it
   */
  boolean isWanted(PolicyStatement statement, @Nullable JsonNode head) {
    PolicyDocument document = CandidatePolicy.of(statement.policy(), List.of()).document();
    if (head != null) {
      requireFitting(statement, head);
    }
    facts(statement);
    PolicyLint.lint(statement.policy()).forEach(each -> line("  " + each));
    if (head == null) {
      line("No service was asked what is in force. The policy is:");
      statement.policy().lines().forEach(each -> line("  " + each));
    } else {
      changes(document, head);
    }
    if (!asks() || isConfirmed()) {
      return true;
    }
    line("Nothing was signed.");
    return false;
  }

  private void facts(PolicyStatement statement) {
    line(
        "To be signed: version " + statement.version() + " of the policy of " + statement.origin());
    line("  statement: " + statement.digest().hex());
    line(
        "  follows:   "
            + (statement.predecessor() == null ? "none" : statement.predecessor().hex()));
    line("  reason:    " + (statement.reason() == null ? "none" : statement.reason()));
  }

  private static void requireFitting(PolicyStatement statement, JsonNode head) {
    if (!statement.origin().equals(head.path("origin").asText())) {
      throw new Problem(
          ProblemCode.APPROVAL_INVALID,
          "this is for the service "
              + statement.origin()
              + ", and "
              + head.path("origin").asText()
              + " was asked: name its service with --service, or sign with --offline");
    }
    String inForce = head.path("statement").asText();
    boolean isNext =
        statement.version() == head.path("version").asLong() + 1
            && (statement.predecessor() == null ? "" : statement.predecessor().hex())
                .equals(inForce);
    if (!isNext && !statement.digest().hex().equals(inForce)) {
      throw new Problem(
          ProblemCode.POLICY_VERSION_MISMATCH,
          "version "
              + head.path("version").asLong()
              + " is in force, and this is version "
              + statement.version()
              + ", made to follow another; have it approved anew from the policy file");
    }
  }

  private void changes(PolicyDocument document, JsonNode head) {
    boolean isFirst = !head.hasNonNull("text");
    line(
        isFirst
            ? "No policy was approved yet; with this one:"
            : "Against version " + head.path("version").asLong() + ", which is in force:");
    List<PolicyDiff.Change> changes =
        PolicyDiff.between(
            CandidatePolicy.document(isFirst ? NOTHING : head.path("text").asText()), document);
    PolicyCommand.lines(changes).forEach(each -> line("  " + each));
    if (changes.isEmpty()) {
      line("  nothing is different");
    }
  }

  private boolean asks() {
    return environment().terminal() && !yes;
  }

  private boolean isConfirmed() {
    line("Type yes to sign:");
    environment().out().flush();
    try {
      // Not closed: it is the input of the process.
      return "yes"
          .equals(
              new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                  .readLine());
    } catch (IOException e) {
      return false;
    }
  }

  private void line(String text) {
    output().line(Table.plain(text));
  }

  private Environment environment() {
    return Strongroom.above(spec).environment();
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }
}
