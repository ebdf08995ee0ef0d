package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.output.Table;
import dev.strongroom.core.id.ExplanationId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Decisions about grants. */
@Command(
    name = "grant",
    header = "Explain why a request was refused, and judge past requests by another policy.",
    footer = {
      "Examples:",
      "  strongroom grant explain why-0123456789abcdef0123456789abcdef",
      "  strongroom grant replay --policy stricter.yaml"
    },
    subcommands = GrantReplayCommand.class)
public final class GrantCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name one of explain, replay.");
  }

  @Command(
      name = "explain",
      header = "Show each clause of a refusal, what was seen, and what would change it.",
      description = "The id stands in the refusal that the caller got. Needs the right to audit.",
      footer = {"Example:", "  strongroom grant explain why-0123456789abcdef0123456789abcdef"})
  void explain(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = "the explanation's id") String id) {
    ExplanationId explanation = new ExplanationId(id);
    try (Session session = connection.session()) {
      JsonNode found = session.get("/v1/explanations/" + explanation);
      Output output = Strongroom.above(spec).output();
      output.json(found);
      if (!output.isJson()) {
        print(found, output);
      }
    }
  }

  private static void print(JsonNode found, Output output) {
    output.line(
        text(found, "code")
            + ": "
            + text(found, "subject")
            + " wanted to "
            + text(found, "action")
            + (found.hasNonNull("target") ? " " + text(found, "target") : "")
            + " at "
            + text(found, "at"));
    JsonNode explanation = found.path("explanation");
    output.line(text(explanation, "summary"));
    for (JsonNode clause : explanation.path("clauses")) {
      output.line("");
      String mark = clause.path("held").asBoolean() ? "[held]   " : "[failed] ";
      output.line(mark + text(clause, "name"));
      if (!clause.path("text").asText().isEmpty()) {
        output.line("    " + text(clause, "text"));
      }
      clause
          .path("values")
          .properties()
          .forEach(value ->
              output.line(
                  "    "
                      + Table.plain(value.getKey())
                      + " = "
                      + Table.plain(value.getValue().asText())));
      if (clause.hasNonNull("wouldChange")) {
        output.line("    would change: " + text(clause, "wouldChange"));
      }
    }
    JsonNode nearest = explanation.path("nearest");
    if (!nearest.isEmpty()) {
      output.line("");
      output.line("The nearest change that would allow it:");
      nearest.forEach(each -> output.line("  " + Table.plain(each.asText())));
    }
  }

  private static String text(JsonNode node, String member) {
    return Table.plain(node.path(member).asText("-"));
  }
}
