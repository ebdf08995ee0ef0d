package dev.strongroom.cli.command;

import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.output.Table;
import dev.strongroom.cli.policy.PolicyFile;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.Explanation;
import dev.strongroom.keyservice.policy.check.Finding;
import dev.strongroom.keyservice.policy.check.PolicyCases;
import dev.strongroom.keyservice.policy.check.PolicyDiff;
import dev.strongroom.keyservice.policy.check.PolicyLint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Release policies: what can be said of them on this machine, and what the service does. */
@Command(
    name = "policy",
    header = "Check, test, approve, try and apply release policies.",
    description = {
      "lint, test and diff work without a service. FILE is a policy as it is written (YAML), or",
      "one with approvals."
    },
    footer = {
      "Examples:",
      "  strongroom policy lint policy.yaml",
      "  strongroom policy test policy.yaml",
      "  strongroom policy approve policy.yaml --key alice.pem",
      "  strongroom policy apply policy.approval.json",
      "  strongroom policy dry-run stricter.yaml --for 10m"
    },
    subcommands = {
      PolicyApproveCommand.class,
      PolicyApplyCommand.class,
      PolicyRollbackCommand.class,
      PolicyShowCommand.class,
      PolicyHistoryCommand.class,
      PolicyDryRunCommand.class
    })
public final class PolicyCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "Name one of lint, test, diff, approve, apply, rollback, show, history, dry-run.");
  }

  @Command(
      name = "lint",
      header = "Say what is wrong with a policy, and what in it does nothing.",
      description = {
        "Each with its line. Ends with 1 when the policy cannot be in force, and with --strict on",
        "warnings too."
      },
      footer = {"Example:", "  strongroom policy lint policy.yaml"})
  int lint(
      @Parameters(paramLabel = "FILE", description = "The policy.") Path file,
      @Option(names = "--strict", description = "Warnings are faults.") boolean strict) {
    PolicyFile policy = PolicyFile.read(file);
    List<Finding> findings = PolicyLint.lint(policy.text());
    for (Finding finding : findings) {
      output().json(finding);
      output().line(file + ": " + Table.plain(finding.toString()));
    }
    boolean usable = findings.stream().noneMatch(f -> f.level() == Finding.Level.error);
    if (usable) {
      String digest = policy.compiled().digest().hex();
      output().json(Map.of("digest", digest, "warnings", findings.size()));
      output().line("The policy is usable; its digest is " + digest + ".");
    }
    return (usable && (findings.isEmpty() || !strict) ? ExitCode.OK : ExitCode.REFUSED).value();
  }

  @Command(
      name = "test",
      header = "Ask a policy the cases that are kept beside it.",
      description = {
        "CASES are files of requests with the answers that are wanted; by default the one beside",
        "FILE, policy.test.yaml for policy.yaml. Ends with 1 when an answer is another, with 2 when",
        "a file has faults. The administrators of a service's configuration are not known here."
      },
      footer = {"Example:", "  strongroom policy test policy.yaml"})
  int test(
      @Parameters(index = "0", paramLabel = "FILE", description = "The policy.") Path file,
      @Parameters(index = "1..*", paramLabel = "CASES", description = "Files with cases.")
          @Nullable List<Path> cases) {
    CompiledPolicy policy = PolicyFile.read(file).compiled();
    int failed = 0;
    int passed = 0;
    for (Path each : cases == null || cases.isEmpty() ? List.of(beside(file)) : cases) {
      for (PolicyCases.Result result :
          cases(each).run(policy, Strongroom.above(spec).environment().clock().instant())) {
        tell(each, result);
        if (result.passed()) {
          passed++;
        } else {
          failed++;
        }
      }
    }
    output().json(Map.of("passed", passed, "failed", failed));
    output().line(passed + " passed, " + failed + " failed.");
    return (failed == 0 ? ExitCode.OK : ExitCode.REFUSED).value();
  }

  private static Path beside(Path policy) {
    String name = String.valueOf(policy.getFileName());
    int dot = name.lastIndexOf('.');
    return policy.resolveSibling(
        dot < 0 ? name + ".test.yaml" : name.substring(0, dot) + ".test" + name.substring(dot));
  }

  private static PolicyCases cases(Path file) {
    return PolicyCases.read(file).orThrow("the file of cases " + file);
  }

  private void tell(Path file, PolicyCases.Result result) {
    output().json(result);
    output().line((result.passed() ? "[passed] " : "[failed] ") + Table.plain(result.name()));
    if (result.passed()) {
      return;
    }
    output().line("    " + file + ", line " + result.line());
    output().line("  - expected: " + Table.plain(result.expected()));
    output().line("  + found:    " + Table.plain(result.found()));
    for (Explanation.Clause clause : result.explanation().clauses()) {
      if (!clause.held()) {
        output().line("    " + Table.plain(clause.name() + ": " + clause.wouldChange()));
      }
    }
  }

  @Command(
      name = "diff",
      header = "Show what a policy says differently from another.",
      description = {
        "Bindings and conditions are known by their names, rules by their patterns; order and",
        "spelling do not matter. Ends with 0 when both mean the same, with 1 otherwise."
      },
      footer = {"Example:", "  strongroom policy diff policy.yaml stricter.yaml"})
  int diff(
      @Parameters(index = "0", paramLabel = "BEFORE", description = "A policy.") Path before,
      @Parameters(index = "1", paramLabel = "AFTER", description = "Another.") Path after) {
    List<PolicyDiff.Change> changes =
        PolicyDiff.between(
            PolicyFile.read(before).compiled().document(),
            PolicyFile.read(after).compiled().document());
    lines(changes).forEach(output()::line);
    changes.forEach(output()::json);
    if (changes.isEmpty()) {
      output().line("Both mean the same.");
    }
    return (changes.isEmpty() ? ExitCode.OK : ExitCode.REFUSED).value();
  }

  static List<String> lines(List<PolicyDiff.Change> changes) {
    List<String> lines = new ArrayList<>();
    for (PolicyDiff.Change change : changes) {
      lines.add(Table.plain(change.kind() + " " + change.what()));
      change.details().forEach(each -> lines.add("    " + Table.plain(each)));
    }
    return lines;
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }
}
