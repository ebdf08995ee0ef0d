package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.policy.PolicyFile;
import dev.strongroom.cli.policy.Replay;
import dev.strongroom.cli.policy.VerdictLines;
import dev.strongroom.core.id.ModelName;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Recorded requests before another policy. */
@Command(
    name = "replay",
    header = "Judge the recorded requests by any policy, and show what would differ.",
    description = {
      "The service hands out what its policy was asked for grants, and for whatever it refused:",
      "identity, evidence and what it says, pod, address, time. This program judges. Ends with 0",
      "when nothing would differ, with 1 otherwise. Needs the right to 'audit'."
    },
    footer = {
      "Examples:",
      "  strongroom grant replay --policy stricter.yaml --since 7d",
      "  strongroom grant replay --policy stricter.yaml --model acme/chat --json"
    })
final class GrantReplayCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Option(
      names = "--policy",
      required = true,
      paramLabel = "FILE",
      description = "The policy that judges.")
  private Path policy = Path.of("");

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "A time, as 2026-01-31T12:00:00Z, or how long ago, as 7d; all where absent.")
  private @Nullable String since;

  @Option(names = "--model", paramLabel = "ORG/NAME", description = "Only requests for this model.")
  private @Nullable String model;

  @Override
  public Integer call() {
    Replay replay = new Replay(PolicyFile.read(policy).compiled());
    String query = query();
    try (Session session = connection.session()) {
      long after = 0;
      JsonNode page = session.get("/v1/decisions?after=0" + query).path("decisions");
      while (!page.isEmpty()) {
        for (JsonNode decision : page) {
          replay.judge(decision);
          after = decision.path("seq").asLong();
        }
        page = session.get("/v1/decisions?after=" + after + query).path("decisions");
      }
    }
    Output output = Strongroom.above(spec).output();
    output.json(replay.report());
    tell(output, replay.report());
    return (replay.isSame() ? ExitCode.OK : ExitCode.REFUSED).value();
  }

  private String query() {
    String query = model == null ? "" : "&model=" + new ModelName(model).value();
    if (since == null) {
      return query;
    }
    Instant from =
        PolicyTimes.since(since, Strongroom.above(spec).environment().clock().instant())
            .orElseThrow(() ->
                new ParameterException(
                    spec.commandLine(),
                    "--since is a time as 2026-01-31T12:00:00Z, or as 7d, not '" + since + "'."));
    return query + "&since=" + Math.max(0, from.toEpochMilli());
  }

  private static void tell(Output output, ObjectNode report) {
    output.line(
        report.path("judged").asLong()
            + " requests judged: "
            + report.path("same").asLong()
            + " alike, "
            + report.path("refused").asLong()
            + " would have been refused, "
            + report.path("allowed").asLong()
            + " would have been allowed, "
            + report.path("otherwise").asLong()
            + " refused for another reason.");
    for (JsonNode difference : report.path("differences")) {
      VerdictLines.of(
              difference.path("count").asLong(),
              PolicyDryRunCommand.question(difference.path("first")),
              difference.path("was"),
              difference.path("would"))
          .forEach(output::line);
    }
  }
}
