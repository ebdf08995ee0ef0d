package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.JsonTable;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.id.ModelName;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Who holds what. */
@Command(
    name = "lease",
    header = "List who holds which weights now.",
    footer = {"Example:", "  strongroom lease list --model acme/chat"})
public final class LeaseCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name what to do: list.");
  }

  @Command(
      name = "list",
      header = "List the live leases, and those whose wipe is not confirmed.",
      description = "Needs the right to audit.",
      footer = {
        "Examples:",
        "  strongroom lease list",
        "  strongroom lease list --model acme/chat --json"
      })
  void list(
      @Mixin ConnectionOptions connection,
      @Option(names = "--model", paramLabel = "ORG/NAME", description = "Of this model only.")
          @Nullable String model,
      @Option(
              names = "--subject",
              paramLabel = "ISSUER|SUBJECT",
              description = "Of this workload only.")
          @Nullable String subject) {
    try (Session session = connection.session()) {
      JsonNode leases = leases(session, model, subject);
      Output output = Strongroom.above(spec).output();
      output.json(leases);
      if (leases.isEmpty()) {
        output.line("Nobody holds a lease.");
      } else {
        output.table(JsonTable.of(leases, "lease", "model", "version", "subject", "expiresAt"));
      }
    }
  }

  private static JsonNode leases(
      Session session, @Nullable String model, @Nullable String subject) {
    List<String> query = new ArrayList<>();
    if (model != null) {
      query.add("model=" + encode(new ModelName(model).value()));
    }
    if (subject != null) {
      query.add("subject=" + encode(subject));
    }
    String path = "/v1/leases" + (query.isEmpty() ? "" : "?" + String.join("&", query));
    return session.get(path).path("leases");
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
