package dev.strongroom.cli.command;

import dev.strongroom.auditlog.LogReader;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.cli.Environment;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.audit.EventText;
import dev.strongroom.cli.audit.FollowedCopy;
import dev.strongroom.cli.audit.LogCopy;
import dev.strongroom.cli.audit.LogFollower;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.cli.output.Output;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Entries of the log. */
@Command(
    name = "show",
    header = "Print the entries of a log directory, or one entry of the service's log.",
    description = {
      "Each entry is printed once it is proved that it stands under the signed root; otherwise the",
      "command ends with 4 (entry-mismatch, root-mismatch, ...). 'audit verify' looks at all the",
      "rest. With --follow, each new checkpoint must continue the one before it: a log that shrank",
      "or was rewritten ends the command with 4 (log-rolled-back, log-forked). Ctrl-C ends it with",
      "0."
    },
    footer = {
      "Examples:",
      "  strongroom audit show ./log-copy --trust trust.json",
      "  strongroom audit show ./log-copy --trust trust.json --from 100 --event request.denied",
      "  strongroom audit show ./log-copy --follow --fetch --event grant.issued",
      "  strongroom audit show --index 42 --json"
    })
final class AuditShowCommand implements Runnable {
  private static final String INTERVAL = "2";
  private static final int LONGEST_INTERVAL = 3600;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      description = "A log's directory; the service's log where absent.")
  private @Nullable Path directory;

  @Option(names = "--index", paramLabel = "N", description = "Only this entry, with all members.")
  private @Nullable Long index;

  @Option(names = "--from", paramLabel = "N", defaultValue = "0", description = "From this entry.")
  private long from;

  @Option(names = "--event", paramLabel = "NAME", description = "Only events of this kind.")
  private @Nullable String kind;

  @Option(names = "--follow", description = "Go on with what comes.")
  private boolean follow;

  @Option(names = "--fetch", description = "Copy the service's log into DIR before each look.")
  private boolean fetch;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = INTERVAL,
      description = "How often to look, 1 to 3600; by default ${DEFAULT-VALUE}.")
  private int every;

  @Override
  public void run() {
    requireSense();
    Path place = directory;
    Long one = index;
    if (place == null) {
      long at = one == null ? 0 : one;
      showWhole(
          new EventText(
              at, ServiceReceipt.verified(connection, environment().clock().instant(), at).leaf()));
    } else if (one != null) {
      showWhole(new EventText(one, open(place).provenEntry(one)));
    } else if (follow) {
      UntilStopped.run(() -> followIn(place));
    } else {
      open(place).forEachProvenEntry(from, this::showLine);
    }
  }

  private void requireSense() {
    if (directory == null && (index == null || follow)) {
      throw new ParameterException(
          spec.commandLine(), "Give a directory, or --index N; --follow needs a directory.");
    }
    if ((follow && index != null) || (fetch && !follow)) {
      throw new ParameterException(
          spec.commandLine(), "--follow goes without --index, and --fetch with --follow.");
    }
    if (every < 1 || every > LONGEST_INTERVAL) {
      throw new ParameterException(spec.commandLine(), "--every is 1 to " + LONGEST_INTERVAL + ".");
    }
  }

  private LogReader open(Path place) {
    return LogReader.open(place, trust(), environment().clock());
  }

  private LogTrust trust() {
    return TrustFile.logTrust(connection.trust());
  }

  private void followIn(Path place) {
    if (!fetch) {
      follow(() -> open(place));
      return;
    }
    try (Session session = connection.session()) {
      LogCopy copy = new LogCopy(session::bytes, trust(), environment().clock());
      follow(new FollowedCopy(copy, place));
    }
  }

  private void follow(Supplier<LogReader> log) {
    new LogFollower(log, environment().timing().pause(), Duration.ofSeconds(every))
        .follow(from, this::showLine);
  }

  private void showWhole(EventText event) {
    output().json(event.json());
    event.lines().forEach(output()::line);
  }

  private void showLine(long at, byte[] leaf) {
    EventText event = new EventText(at, leaf);
    if (kind == null || kind.equals(event.kind())) {
      output().json(event.json());
      output().line(event.line());
    }
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }

  private Environment environment() {
    return Strongroom.above(spec).environment();
  }
}
