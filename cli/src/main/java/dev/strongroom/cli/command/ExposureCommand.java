package dev.strongroom.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.auditlog.LogReader;
import dev.strongroom.cli.Environment;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.audit.LogDirectory;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.cli.output.ExposureReport;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.exposure.ExposedGrant;
import dev.strongroom.core.exposure.ExposureOfLog;
import dev.strongroom.core.exposure.ExposureScope;
import dev.strongroom.core.exposure.ExposureTotals;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The blast radius. */
@Command(
    name = "exposure",
    header =
        "Show who received which keys, by chip, TCB, image, measurement, workload, model, time.",
    description = {
      "Totals first, then each grant, the newest first: who received the key of which version, on",
      "what, whether the lease lives on, and whether the holder wiped our copy. Given options must",
      "all match; 'strongroom revoke' takes the same. Needs the right to audit. With --log nothing",
      "is asked of the service: each entry is proved to stand under the copy's signed root.",
      "With --json the totals are one line, and each grant is one."
    },
    footer = {
      "Examples:",
      "  strongroom exposure --tcb-below sev-snp:product=Milan,microcode=115",
      "  strongroom exposure --model acme/chat:3 --since 2026-03-01",
      "  strongroom exposure --evidence sev-snp --log ./log-copy --trust trust.json"
    })
public final class ExposureCommand implements Runnable {
  private static final int PAGE = 1_000;
  private static final int SHOWN = 200;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Mixin private SelectorOptions selectors = new SelectorOptions();

  @Option(names = "--since", paramLabel = "TIME", description = "Grants from then on (RFC 3339).")
  private @Nullable String since;

  @Option(names = "--until", paramLabel = "TIME", description = "Grants before then (RFC 3339).")
  private @Nullable String until;

  @Option(
      names = "--log",
      paramLabel = "DIR",
      description = "A copy of the log, verified with --trust; the service where absent.")
  private @Nullable Path log;

  @Option(names = "--all", description = "Print every grant, not the newest " + SHOWN + " alone.")
  private boolean all;

  @Override
  public void run() {
    ExposureScope scope = scope();
    ExposureReport report = new ExposureReport(output(), all ? Integer.MAX_VALUE : SHOWN);
    Path place = log;
    if (place == null) {
      ask(scope, report);
    } else {
      read(scope, place, report);
    }
  }

  private ExposureScope scope() {
    RevocationSelector selector = selectors.selector();
    try {
      return new ExposureScope(selector, time("--since", since), time("--until", until));
    } catch (Problem e) {
      throw new ParameterException(
          spec.commandLine(),
          selector == null && since == null && until == null
              ? "Name whom or what: --chip, --tcb-below, --image, --measurement, --workload, --pod,"
                  + " --model, --lease, --evidence, --node, --since or --until."
              : String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Long time(String option, @Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      Instant time =
          text.length() == "2026-03-01".length()
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : Instant.parse(text);
      return time.toEpochMilli();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw new ParameterException(
          spec.commandLine(),
          option + " is a day or a time: 2026-03-01 or 2026-03-01T12:00:00Z (UTC).");
    }
  }

  private void ask(ExposureScope scope, ExposureReport report) {
    try (Session session = connection.patientSession()) {
      Long before = null;
      do {
        JsonNode page = session.post("/v1/exposures", wanted(scope, before));
        if (page.has("totals")) {
          report.totals(as(ExposureTotals.class, page.path("totals")));
        }
        List<ExposedGrant> grants = new ArrayList<>();
        page.path("grants").forEach(grant -> grants.add(as(ExposedGrant.class, grant)));
        report.grants(grants);
        before = page.has("next") ? page.path("next").longValue() : null;
      } while (before != null && report.wantsMore());
    }
    report.end();
  }

  private static Map<String, Object> wanted(ExposureScope scope, @Nullable Long before) {
    Map<String, Object> wanted = new LinkedHashMap<>();
    put(wanted, "selector", scope.selector());
    put(wanted, "since", scope.since());
    put(wanted, "until", scope.until());
    put(wanted, "before", before);
    wanted.put("limit", PAGE);
    return wanted;
  }

  private static void put(Map<String, Object> members, String name, @Nullable Object value) {
    if (value != null) {
      members.put(name, value);
    }
  }

  private static <T> T as(Class<T> type, JsonNode tree) {
    try {
      return StrictJson.mapper().treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw new Problem(
          ProblemCode.INTERNAL,
          "the service's answer is of another form; is it of the release of this program?",
          e);
    }
  }

  private void read(ExposureScope scope, Path place, ExposureReport report) {
    LogDirectory.requireReadable(place);
    LogReader reader =
        LogReader.open(place, TrustFile.logTrust(connection.trust()), environment().clock());
    ExposureOfLog exposure = new ExposureOfLog(scope);
    reader.forEachProvenEntry(0, (index, leaf) -> exposure.take(index, EventCodec.read(leaf)));
    List<ExposedGrant> grants = exposure.grants();
    ExposureTotals.Tally tally = new ExposureTotals.Tally();
    grants.forEach(tally::add);
    output().line("Of " + reader.checkpoint() + ", each entry proved:");
    report.totals(tally.totals());
    report.grants(grants);
    report.end();
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }

  private Environment environment() {
    return Strongroom.above(spec).environment();
  }
}
