package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.JsonTable;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.id.VersionId;
import java.util.LinkedHashMap;
import java.util.Map;
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
      "Leases that the revocation meets end at once; their holders stop the consumer, wipe our copy",
      "and say so in the log. Weights or keys that a workload has copied cannot be recalled: only a",
      "new version under a new key protects what comes after.",
      "Given options must all match. Revoking a lease denies its pod from then on, so that it cannot",
      "simply ask again."
    },
    footer = {
      "Examples:",
      "  strongroom revoke --lease lease-0123456789abcdef0123456789abcdef --reason 'node lost'",
      "  strongroom revoke --model acme/chat --version 3 --reason 'weights leaked' --dry-run",
      "  strongroom revoke list",
      "  strongroom revoke lift rev-0123456789abcdef0123456789abcdef"
    })
public final class RevokeCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Option(names = "--lease", paramLabel = "ID", description = "One lease, and its pod.")
  private @Nullable String lease;

  @Option(names = "--subject", paramLabel = "ISSUER|SUBJECT", description = "One workload.")
  private @Nullable String subject;

  @Option(names = "--pod", paramLabel = "UID", description = "One pod.")
  private @Nullable String pod;

  @Option(names = "--proof-key", paramLabel = "JKT", description = "One proof key's thumbprint.")
  private @Nullable String proofKey;

  @Option(names = "--model", paramLabel = "ORG/NAME", description = "A model, all versions.")
  private @Nullable String model;

  @Option(names = "--version", paramLabel = "VERSION", description = "Of --model, this one.")
  private @Nullable String modelVersion;

  @Option(names = "--reason", paramLabel = "TEXT", description = "For people; stands in the log.")
  private @Nullable String reason;

  @Option(names = "--dry-run", description = "Only show whom it would meet now.")
  private boolean dryRun;

  @Override
  public void run() {
    RevocationSelector selector = selector();
    if (reason == null && !dryRun) {
      throw new ParameterException(spec.commandLine(), "Give --reason: it stands in the log.");
    }
    try (Session session = connection.session()) {
      if (dryRun) {
        showEffect(session, selector);
      } else {
        revoke(session, selector, String.valueOf(reason));
      }
    }
  }

  private RevocationSelector selector() {
    if (lease == null && subject == null && pod == null && proofKey == null && model == null) {
      throw new ParameterException(
          spec.commandLine(), "Name --lease, --subject, --pod, --proof-key or --model.");
    }
    if (modelVersion != null && model == null) {
      throw new ParameterException(spec.commandLine(), "A version needs its --model.");
    }
    return new RevocationSelector(
        lease == null ? null : new LeaseId(lease),
        subject,
        pod,
        proofKey,
        model == null ? null : new ModelName(model),
        modelVersion == null ? null : new VersionId(modelVersion));
  }

  private void revoke(Session session, RevocationSelector selector, String why) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("selector", selector);
    body.put("reason", why);
    JsonNode done = session.post("/v1/revocations", body);
    Output output = output();
    output.json(done);
    output.line("Revoked: " + done.path("revocation").asText());
    JsonNode ended = done.path("ended");
    output.line(
        ended.isEmpty()
            ? "No live lease was met. New requests that it meets are refused from now on."
            : leases(ended.size()) + " ended; their holders wipe and acknowledge:");
    ended.forEach(id -> output.line("  " + id.asText()));
    output.line("It stands until: strongroom revoke lift " + done.path("revocation").asText());
  }

  private void showEffect(Session session, RevocationSelector selector) {
    ArrayNode met = JsonNodeFactory.instance.arrayNode();
    LeaseCommand.leases(session, model, subject)
        .forEach(candidate -> {
          if (meets(selector, candidate)) {
            met.add(candidate);
          }
        });
    Output output = output();
    output.json(Map.of("wouldEnd", met));
    output.line(
        met.isEmpty()
            ? "No live lease would be met; new requests that it meets would be refused."
            : leases(met.size()) + " would end:");
    if (!met.isEmpty()) {
      output.table(JsonTable.of(met, "lease", "model", "version", "subject"));
    }
  }

  private static String leases(int count) {
    return count == 1 ? "1 lease" : count + " leases";
  }

  private static boolean meets(RevocationSelector selector, JsonNode candidate) {
    return !candidate.hasNonNull("ended")
        && matches(selector.lease(), candidate.path("lease"))
        && matches(selector.subject(), candidate.path("subject"))
        && matches(selector.podUid(), candidate.path("podUid"))
        && matches(selector.jkt(), candidate.path("jkt"))
        && matches(selector.model(), candidate.path("model"))
        && matches(selector.version(), candidate.path("version"));
  }

  private static boolean matches(@Nullable Object wanted, JsonNode seen) {
    return wanted == null || wanted.toString().equals(seen.asText());
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
