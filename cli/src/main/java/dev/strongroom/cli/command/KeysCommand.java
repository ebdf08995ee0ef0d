package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.JsonTable;
import dev.strongroom.cli.output.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The KEK of a running key service. */
@Command(
    name = "keys",
    header = "Rotate the key-encryption key, and move data keys to its newest version.",
    description = {
      "Grants go on meanwhile, and the ciphertext of weights is not touched. Each act is an entry of",
      "the log. Needs the right to 'keys'; administrators have it."
    },
    footer = {
      "Examples:",
      "  strongroom keys status",
      "  strongroom keys rotate",
      "  strongroom keys rewrap"
    })
public final class KeysCommand implements Runnable {
  private static final long LOOK_EVERY_MILLIS = 500;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name one of status, rotate, rewrap.");
  }

  @Command(
      name = "status",
      header = "Show the KEK, and how many data keys are under each of its versions.",
      footer = {"Example:", "  strongroom keys status"})
  void status(@Mixin ConnectionOptions options) {
    try (Session session = options.session()) {
      JsonNode keys = session.get("/v1/keys");
      output().json(keys);
      tellKek(keys.path("kek"));
      output().table(JsonTable.of(keys.path("dataKeys"), "backend", "kek", "version", "count"));
      tellRewrap(keys.path("rewrap"));
    }
  }

  @Command(
      name = "rotate",
      header = "Make a new version of the KEK.",
      description = {
        "Older versions still unwrap. A backend that cannot do so for the service says which of its",
        "tools does."
      },
      footer = {"Example:", "  strongroom keys rotate"})
  void rotate(@Mixin ConnectionOptions options) {
    try (Session session = options.session()) {
      JsonNode kek = session.post("/v1/keys/rotate", null);
      output().json(kek);
      tellKek(kek);
      output().line("Move the data keys to it: strongroom keys rewrap");
    }
  }

  @Command(
      name = "rewrap",
      header = "Move every data key to the newest version of the KEK.",
      description = {
        "Each is opened in its old and its new wrapping before the new one is kept. The service does",
        "it, and goes on when this command ends. What was moved is passed over when it is run again.",
        "Ends with 1 when a data key could not be moved."
      },
      footer = {"Example:", "  strongroom keys rewrap"})
  int rewrap(
      @Mixin ConnectionOptions options,
      @Option(names = "--no-wait", description = "Begin, and do not wait for its end.")
          boolean noWait)
      throws InterruptedException {
    try (Session session = options.session()) {
      JsonNode rewrap = session.post("/v1/keys/rewrap", null);
      while (!noWait && rewrap.path("state").asText().equals("running")) {
        output().json(rewrap);
        tellRewrap(rewrap);
        Thread.sleep(LOOK_EVERY_MILLIS);
        rewrap = session.get("/v1/keys").path("rewrap");
      }
      output().json(rewrap);
      tellRewrap(rewrap);
      boolean whole =
          !rewrap.path("state").asText().equals("stopped") && rewrap.path("failed").asLong() == 0;
      return whole ? ExitCode.OK.value() : ExitCode.REFUSED.value();
    }
  }

  private void tellKek(JsonNode kek) {
    String newest = kek.path("newestVersion").asText();
    output()
        .line(
            "The KEK is "
                + kek.path("kek").asText()
                + " ("
                + kek.path("backend").asText()
                + "), "
                + (newest.isEmpty() ? "its versions are its own." : "version " + newest + "."));
  }

  private void tellRewrap(JsonNode rewrap) {
    String state = rewrap.path("state").asText();
    if (state.equals("none")) {
      return;
    }
    String stopped = rewrap.path("stoppedBy").asText();
    output()
        .line(
            "Rewrap "
                + state
                + (stopped.isEmpty() ? "" : " by " + stopped)
                + ": "
                + rewrap.path("rewrapped").asLong()
                + " moved, "
                + rewrap.path("failed").asLong()
                + " failed, of "
                + rewrap.path("looked").asLong()
                + " looked at.");
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }
}
