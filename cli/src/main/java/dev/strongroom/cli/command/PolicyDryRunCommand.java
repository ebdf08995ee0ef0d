package dev.strongroom.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.policy.PolicyFile;
import dev.strongroom.cli.policy.VerdictLines;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.policy.record.PolicyQuestion;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A candidate beside the policy in force. */
@Command(
    name = "dry-run",
    header = "Let the service judge live traffic by a candidate too, without effect.",
    description = {
      "Tells what would be answered differently. The service ends it by itself, also when this",
      "command is broken off, and has one at a time. Ends with 0 when nothing would change, with 1",
      "otherwise. Needs the right to 'policy'."
    },
    footer = {
      "Examples:",
      "  strongroom policy dry-run stricter.yaml --for 10m",
      "  strongroom policy dry-run --report",
      "  strongroom policy dry-run --stop"
    })
final class PolicyDryRunCommand implements Callable<Integer> {
  private static final String PATH = "/v1/policy/dry-run";
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Parameters(paramLabel = "FILE", arity = "0..1", description = "The candidate.")
  private @Nullable Path file;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      defaultValue = "10m",
      description = "How long, as 30s, 10m or 2h, at most a day; by default ${DEFAULT-VALUE}.")
  private String length = "";

  @Option(names = "--no-wait", description = "Begin it, and do not wait for its end.")
  private boolean noWait;

  @Option(names = "--report", description = "Show what the latest one found so far.")
  private boolean report;

  @Option(names = "--stop", description = "End the one that runs, and show what it found.")
  private boolean stop;

  @Override
  public Integer call() throws InterruptedException {
    Path candidate = file;
    if ((candidate == null ? 0 : 1) + (report ? 1 : 0) + (stop ? 1 : 0) != 1) {
      throw misuse("Name a policy, or one of --report and --stop.");
    }
    try (Session session = connection.session()) {
      if (candidate != null) {
        return run(session, PolicyFile.read(candidate));
      }
      if (stop) {
        session.delete(PATH);
      }
      return told(session.get(PATH));
    }
  }

  private int run(Session session, PolicyFile policy) throws InterruptedException {
    String candidate = policy.compiled().digest().hex();
    JsonNode begun = session.post(PATH, Map.of("policy", policy.text(), "seconds", seconds()));
    output()
        .line(
            "Dry run of "
                + candidate
                + " until "
                + begun.path("until").asText()
                + "; it ends by itself.");
    if (noWait) {
      output().json(begun);
      return ExitCode.OK.value();
    }
    JsonNode found = begun;
    while (found.path("running").asBoolean()) {
      Strongroom.above(spec).environment().timing().pause().pause(LOOK_EVERY);
      found = session.get(PATH);
      if (found.path("id").asLong() != begun.path("id").asLong()) {
        throw new Problem(
            ProblemCode.NOT_FOUND,
            "the dry run was lost: the service began anew, or another's began");
      }
    }
    return told(found);
  }

  private int told(JsonNode found) {
    Output output = output();
    output.json(found);
    output.line(
        found.path("judged").asLong()
            + " requests judged"
            + (found.path("running").asBoolean() ? " so far" : "")
            + ": "
            + found.path("same").asLong()
            + " alike, "
            + found.path("refused").asLong()
            + " would be refused, "
            + found.path("allowed").asLong()
            + " would be allowed, "
            + found.path("otherwise").asLong()
            + " otherwise different"
            + (found.path("unjudged").asLong() == 0
                ? "."
                : "; " + found.path("unjudged").asLong() + " came too fast and were not judged."));
    for (JsonNode difference : found.path("differences")) {
      VerdictLines.of(
              difference.path("count").asLong(),
              question(difference.path("first")),
              difference.path("inForce"),
              difference.path("candidate"))
          .forEach(output::line);
    }
    return (found.path("judged").asLong() == found.path("same").asLong()
            ? ExitCode.OK
            : ExitCode.REFUSED)
        .value();
  }

  /** A question that the service tells of. */
  static PolicyQuestion question(JsonNode told) {
    try {
      return StrictJson.mapper().treeToValue(told, PolicyQuestion.class);
    } catch (JsonProcessingException e) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "the service tells of a request in an unknown form", e);
    }
  }

  private long seconds() {
    return PolicyTimes.duration(length)
        .filter(each -> each.toSeconds() >= 1 && each.compareTo(Duration.ofDays(1)) <= 0)
        .orElseThrow(() -> misuse("--for is 30s, 10m or 2h, at most a day, not '" + length + "'."))
        .toSeconds();
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }
}
