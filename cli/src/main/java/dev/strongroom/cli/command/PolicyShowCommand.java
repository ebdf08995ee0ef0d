package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.Output;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The policy of a running service. */
@Command(
    name = "show",
    header = "Show the policy in force, or an earlier one.",
    description = "Needs the right to 'policy' or 'audit'.",
    footer = {
      "Examples:",
      "  strongroom policy show",
      "  strongroom policy show --number 3 > policy-3.yaml"
    })
final class PolicyShowCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Option(
      names = "--number",
      paramLabel = "VERSION",
      description = "Only the text of this version of the policy.")
  private @Nullable Long version;

  @Override
  public void run() {
    Output output = Strongroom.above(spec).output();
    try (Session session = connection.session()) {
      if (version != null) {
        JsonNode one = session.get("/v1/policy/versions/" + version);
        output.json(one);
        one.path("text").asText().lines().forEach(output::line);
        return;
      }
      JsonNode current = session.get("/v1/policy");
      output.json(current);
      head(output, current);
    }
  }

  private static void head(Output output, JsonNode current) {
    String digest = current.path("digest").asText();
    if (current.path("source").asText().equals("file")) {
      output.line("# A file rules. Digest " + digest);
      output.line(current.path("document").toPrettyString());
      return;
    }
    output.line(
        current.path("version").asLong() == 0
            ? "# No policy was approved yet: only the administrators may do anything."
            : "# Version "
                + current.path("version").asLong()
                + ", approved by "
                + names(current.path("approvedBy")));
    output.line("# Digest " + digest);
    output.line(
        "# A new one takes "
            + current.path("threshold").asLong()
            + " of "
            + names(current.path("approvers")));
    current.path("text").asText().lines().forEach(output::line);
  }

  /** A list of names, for people. */
  static String names(JsonNode list) {
    List<String> names = new ArrayList<>();
    list.forEach(each -> names.add(each.asText()));
    return String.join(", ", names);
  }
}
