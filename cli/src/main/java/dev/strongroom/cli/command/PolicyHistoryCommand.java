package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.JsonTable;
import dev.strongroom.cli.output.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Policies that were in force. */
@Command(
    name = "history",
    header = "List the approved policies, the newest first.",
    description = {
      "Who approved each, the entries policy.applied of the log say. Needs the right to 'policy' or",
      "'audit'."
    },
    footer = {"Example:", "  strongroom policy history"})
final class PolicyHistoryCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Override
  public void run() {
    try (Session session = connection.session()) {
      JsonNode history = session.get("/v1/policy/versions");
      Output output = Strongroom.above(spec).output();
      output.json(history);
      output.table(
          JsonTable.of(history.path("versions"), "version", "at", "by", "statement", "reason"));
    }
  }
}
