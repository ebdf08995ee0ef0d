package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.Output;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The KEKs of a running key service. */
@Command(
    name = "keys",
    header = "Rotate and erase key-encryption keys, and move data keys between them.",
    description = {
      "Grants go on meanwhile, and the ciphertext of weights is not touched. Each act is an entry of",
      "the log. Needs the right to 'keys'; administrators have it."
    },
    footer = {
      "Examples:",
      "  strongroom keys status",
      "  strongroom keys rotate",
      "  strongroom keys rewrap",
      "  strongroom keys migrate",
      "  strongroom keys erase --model acme/chat --version 3"
    })
public final class KeysCommand implements Runnable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw misuse("Name one of status, rotate, rewrap, migrate, erase.");
  }

  @Command(
      name = "status",
      header = "Show the KEKs, and how many data keys are under each of their versions.",
      footer = {"Example:", "  strongroom keys status"})
  void status(@Mixin ConnectionOptions options) {
    try (Session session = options.session()) {
      JsonNode keys = session.get("/v1/keys");
      output().json(keys);
      report().status(keys);
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
      report().rotated(kek);
    }
  }

  @Command(
      name = "rewrap",
      header = "Move every data key to the newest version of the KEK.",
      description = {
        "Each is opened in its old and its new wrapping before the new one is kept. The service does",
        "it, and goes on when this command ends. What was moved is passed over when it is run again.",
        "Ends with 1 when a data key could not be moved, with 3 when the service began anew meanwhile."
      },
      footer = {"Example:", "  strongroom keys rewrap"})
  int rewrap(
      @Mixin ConnectionOptions options,
      @Option(names = "--no-wait", description = "Begin, and do not wait for its end.")
          boolean noWait)
      throws InterruptedException {
    try (Session session = options.session()) {
      int exit = move(session, "Rewrap", "rewrapped", "rewrap", "rewrap", noWait);
      if (!noWait && exit == ExitCode.OK.value()) {
        report().afterRewrap(session.get("/v1/keys"));
      }
      return exit;
    }
  }

  @Command(
      name = "migrate",
      header = "Move every data key that is under a former KEK to the KEK in use.",
      description = {
        "Former KEKs stand under 'formerKeks' in the configuration of the service. Each data key is",
        "opened in its old and its new wrapping before the new one is kept. The service does it, and",
        "goes on when this command ends. What was moved is passed over when it is run again. Ends",
        "with 1 when a data key could not be moved, with 3 when the service began anew meanwhile."
      },
      footer = {"Example:", "  strongroom keys migrate"})
  int migrate(
      @Mixin ConnectionOptions options,
      @Option(names = "--no-wait", description = "Begin, and do not wait for its end.")
          boolean noWait)
      throws InterruptedException {
    try (Session session = options.session()) {
      int exit = move(session, "Migration", "migrated", "migrate", "migration", noWait);
      if (!noWait) {
        report().formerKeks(session.get("/v1/keys"));
      }
      return exit;
    }
  }

  @Command(
      name = "erase",
      header = "Erase the data key of one version, or a KEK that nothing is under, for good.",
      description = {
        "Of a version: it is revoked, its leases end, and every wrapping of its data key is deleted",
        "from the store; nothing opens its ciphertext any more, and nobody can take that back.",
        "Of a KEK: a former one whole, or an older version, when no data key is under it.",
        "Asks for the name to be typed, unless --yes is given. Says what remains elsewhere. The store",
        "is written anew, which takes minutes where it is large; run again, it says the same."
      },
      footer = {
        "Examples:",
        "  strongroom keys erase --model acme/chat --version 3",
        "  strongroom keys erase --backend vault --kek transit/strongroom --kek-version 1",
        "  strongroom keys erase --backend tink --kek keyset --yes"
      })
  int erase(
      @Mixin ConnectionOptions options,
      @Option(names = "--model", paramLabel = "ORG/NAME", description = "The model.")
          @Nullable String model,
      @Option(names = "--version", paramLabel = "VERSION", description = "Its version.")
          @Nullable String version,
      @Option(names = "--backend", paramLabel = "NAME", description = "As status shows it.")
          @Nullable String backend,
      @Option(names = "--kek", paramLabel = "KEK", description = "As status shows it.")
          @Nullable String kek,
      @Option(
              names = "--kek-version",
              paramLabel = "VERSION",
              description = "Of the KEK; without it all of a former KEK.")
          @Nullable String kekVersion,
      @Option(names = "--yes", description = "Do not ask.") boolean yes)
      throws IOException {
    boolean ofVersion = model != null && version != null;
    boolean ofKek = backend != null && kek != null;
    boolean namesKek = backend != null || kek != null || kekVersion != null;
    boolean namesVersion = model != null || version != null;
    if (!(ofVersion && !namesKek) && !(ofKek && !namesVersion)) {
      throw misuse("Name --model and --version, or --backend and --kek, and not both.");
    }
    if (!yes && output().isJson()) {
      throw misuse("Nobody is asked under --json: give --yes to erase.");
    }
    Map<String, Object> wanted = new LinkedHashMap<>();
    String name;
    if (ofVersion) {
      name = model + ":" + version;
      wanted.put("model", model);
      wanted.put("version", version);
    } else {
      name = kek + (kekVersion == null ? "" : ":" + kekVersion);
      wanted.put("backend", backend);
      wanted.put("kek", kek);
      if (kekVersion != null) {
        wanted.put("version", kekVersion);
      }
    }
    String path = ofVersion ? "/v1/keys/erase" : "/v1/keys/erase-kek";
    try (Session session = options.patientSession()) {
      if (!yes && !isTyped(session, path, wanted, name)) {
        output().line("Nothing was erased.");
        return ExitCode.REFUSED.value();
      }
      JsonNode erased = session.post(path, wanted);
      output().json(erased);
      report().erased(name, erased);
      if (ofKek && kekVersion == null) {
        output().line("Take it out of formerKeks before the next restart.");
      }
      return ExitCode.OK.value();
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Nobody is asked for what would be refused. */
  private boolean isTyped(Session session, String path, Map<String, Object> wanted, String name)
      throws IOException {
    Map<String, Object> look = new LinkedHashMap<>(wanted);
    look.put("dryRun", true);
    session.tell(path, look);
    output().line("This cannot be taken back. Type " + name + " to erase it:");
    // Not closed: it is the input of the process.
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    return name.equals(in.readLine());
  }

  /** Begins a move, and tells of it until its end. */
  private int move(
      Session session, String name, String count, String verb, String member, boolean noWait)
      throws InterruptedException {
    JsonNode move = session.post("/v1/keys/" + verb, null);
    JsonNode told = null;
    while (!noWait && KeysReport.state(move).equals("running")) {
      if (!move.equals(told)) {
        output().json(move);
        report().move(name, count, move);
        told = move;
      }
      Strongroom.above(spec).environment().timing().pause().pause(LOOK_EVERY);
      move = session.get("/v1/keys").path(member);
    }
    output().json(move);
    report().move(name, count, move);
    return switch (KeysReport.state(move)) {
      case "done" -> (move.path("failed").asLong() == 0 ? ExitCode.OK : ExitCode.REFUSED).value();
      case "running" -> ExitCode.OK.value();
      case "stopped" -> ExitCode.REFUSED.value();
      default -> {
        Strongroom.above(spec)
            .environment()
            .err()
            .println("The service began anew before the end: run it again, it goes on from there.");
        yield ExitCode.UNAVAILABLE.value();
      }
    };
  }

  private KeysReport report() {
    return new KeysReport(output());
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }
}
