package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.strongroom.cli.Environment;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.JsonTable;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.RevocationId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
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

/** Takes rights back. */
@Command(
    name = "revoke",
    header = "Take weights back, and deny them until the revocation is lifted.",
    description = {
      "Shows whom it meets and asks on a terminal. Then the leases that it meets end at once; their",
      "holders stop the consumer, wipe our copy and say so, which is told as it comes. Weights or",
      "keys that a workload has copied cannot be recalled: only a new version under a new key",
      "protects what comes after.",
      "Given options must all match. Revoking a lease denies its pod from then on, so that it cannot",
      "simply ask again. Chip, TCB, measurement and type of evidence meet who shows evidence: let",
      "the policy ask for it.",
      "Ends with 0 when all have wiped, with 1 when one did not confirm it in time, and with 3 when",
      "the wait was over before; with --wait 0s it does not wait, and ends with 0."
    },
    footer = {
      "Examples:",
      "  strongroom revoke --lease lease-0123456789abcdef0123456789abcdef --reason 'node lost'",
      "  strongroom revoke --model acme/chat --version 3 --reason 'weights leaked' --dry-run",
      "  strongroom revoke --tcb-below sev-snp:product=Milan,microcode=115 --reason 'CVE-2024-56161' --yes",
      "  strongroom revoke list",
      "  strongroom revoke show rev-0123456789abcdef0123456789abcdef",
      "  strongroom revoke lift rev-0123456789abcdef0123456789abcdef"
    })
public final class RevokeCommand implements Callable<Integer> {
  private static final int SHOWN = 50;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Mixin private SelectorOptions selectors = new SelectorOptions();

  @Option(names = "--reason", paramLabel = "TEXT", description = "For people; stands in the log.")
  private @Nullable String reason;

  @Option(names = "--dry-run", description = "Only show whom it would meet now.")
  private boolean dryRun;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      defaultValue = "3m",
      converter = WaitTime.class,
      description = "How long to wait for wipes; by default ${DEFAULT-VALUE}, 0s for not at all.")
  private Duration wait = Duration.ofMinutes(3);

  @Override
  public Integer call() throws IOException, InterruptedException {
    RevocationSelector selector = selector();
    if (reason == null && !dryRun) {
      throw misuse("Give --reason: it stands in the log.");
    }
    boolean asks = environment().terminal() && !yes && !dryRun;
    if (asks && output().isJson()) {
      throw misuse("Nobody is asked under --json: give --yes to revoke.");
    }
    try (Session session = connection.session()) {
      showEffect(session, selector);
      if (dryRun) {
        return ExitCode.OK.value();
      }
      if (asks && !isConfirmed()) {
        output().line("Nothing was revoked.");
        return ExitCode.REFUSED.value();
      }
      return revoke(session, selector, String.valueOf(reason)).value();
    }
  }

  private RevocationSelector selector() {
    RevocationSelector selector = selectors.selector();
    if (selector == null) {
      throw misuse(
          "Name --lease, --workload, --pod, --proof-key, --model, --chip, --tcb-below,"
              + " --measurement, --evidence, --image or --node.");
    }
    return selector;
  }

  private void showEffect(Session session, RevocationSelector selector) {
    JsonNode effect = session.post("/v1/revocations", Map.of("selector", selector, "dryRun", true));
    Output output = output();
    output.json(effect);
    long leases = effect.path("leases").asLong();
    JsonNode met = effect.path("wouldEnd");
    if (leases == 0) {
      output.line("No live lease would be met; new requests that it meets would be refused.");
      return;
    }
    output.line(
        leases(leases)
            + " would end, of "
            + effect.path("workloads").asLong()
            + (effect.path("workloads").asLong() == 1 ? " workload:" : " workloads:"));
    ArrayNode first = JsonNodeFactory.instance.arrayNode();
    met.forEach(lease -> {
      if (first.size() < SHOWN) {
        first.add(lease);
      }
    });
    output.table(JsonTable.of(first, "lease", "model", "version", "subject"));
    if (leases > first.size()) {
      output.line("... and " + (leases - first.size()) + " more; see 'strongroom exposure'.");
    }
  }

  private boolean isConfirmed() throws IOException {
    output().line("Type yes to revoke:");
    environment().out().flush();
    // Not closed: it is the input of the process.
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    return "yes".equals(in.readLine());
  }

  private ExitCode revoke(Session session, RevocationSelector selector, String why)
      throws InterruptedException {
    JsonNode done = session.post("/v1/revocations", Map.of("selector", selector, "reason", why));
    Output output = output();
    output.json(done);
    RevocationId revocation = new RevocationId(done.path("revocation").asText());
    output.line("Revoked: " + revocation);
    long ended = done.path("ended").size();
    long pending = done.path("pending").size();
    output.line(
        ended + pending == 0
            ? "No live lease was met. New requests that it meets are refused from now on."
            : leases(ended) + " ended; their holders wipe and acknowledge.");
    if (pending > 0) {
      output.line(leases(pending) + " cannot be renewed, and will end as soon as the log says so.");
    }
    output.line("It stands until: strongroom revoke lift " + revocation);
    return ended + pending == 0 || wait.isZero()
        ? ExitCode.OK
        : watch(session, revocation, ended + pending, wait);
  }

  private ExitCode watch(Session session, RevocationId revocation, long leases, Duration most)
      throws InterruptedException {
    return new WipeWatch(session, output(), environment().timing()).watch(revocation, leases, most);
  }

  private static String leases(long count) {
    return count == 1 ? "1 lease" : count + " leases";
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Environment environment() {
    return Strongroom.above(spec).environment();
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }

  @Command(
      name = "list",
      header = "List the revocations that stand.",
      footer = {"Example:", "  strongroom revoke list"})
  void list(@Mixin ConnectionOptions options) {
    try (Session session = options.session()) {
      JsonNode revocations = session.get("/v1/revocations").path("revocations");
      Output output = output();
      output.json(revocations);
      if (revocations.isEmpty()) {
        output.line("No revocation stands.");
      }
      for (JsonNode revocation : revocations) {
        JsonTable.lines(revocation).forEach(output::line);
        output.line("");
      }
    }
  }

  @Command(
      name = "show",
      header = "Show how far the wipes of the leases are that a revocation ended.",
      description = {
        "Ends with 0 when all have wiped, with 1 when one did not confirm it in time, and with 3 when",
        "some have not answered yet."
      },
      footer = {"Example:", "  strongroom revoke show rev-0123456789abcdef0123456789abcdef"})
  int show(
      @Mixin ConnectionOptions options,
      @Parameters(paramLabel = "ID", description = "as 'revoke' printed it") String id,
      @Option(
              names = "--wait",
              paramLabel = "DURATION",
              defaultValue = "0s",
              converter = WaitTime.class,
              description = "How long to wait for the rest.")
          Duration most)
      throws InterruptedException {
    RevocationId revocation = new RevocationId(id);
    try (Session session = options.session()) {
      // Refuses an id that there never was.
      long ended = session.get("/v1/revocations/" + revocation).path("ended").asLong();
      if (ended == 0) {
        output().line("It ended no lease.");
      }
      return watch(session, revocation, ended, most).value();
    }
  }

  @Command(
      name = "lift",
      header = "Lift a revocation: what it denied may be asked for again.",
      description = "Leases that it ended stay ended.",
      footer = {"Example:", "  strongroom revoke lift rev-0123456789abcdef0123456789abcdef"})
  void lift(
      @Mixin ConnectionOptions options,
      @Parameters(paramLabel = "ID", description = "as 'revoke list' shows it") String id) {
    RevocationId revocation = new RevocationId(id);
    try (Session session = options.session()) {
      session.delete("/v1/revocations/" + revocation);
      output().json(Map.of("lifted", revocation));
      output().line("Lifted " + revocation + ".");
    }
  }
}
