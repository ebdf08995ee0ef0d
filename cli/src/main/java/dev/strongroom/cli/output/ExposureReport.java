package dev.strongroom.cli.output;

import dev.strongroom.core.exposure.ExposedGrant;
import dev.strongroom.core.exposure.ExposureTotals;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells of an exposure: totals, then grants; for machines each as it comes. */
public final class ExposureReport {
  private static final int SHORTENED = 16;

  private final Output output;
  private final int most;
  private final List<ExposedGrant> shown = new ArrayList<>();
  private long known;

  /**
   * @param most grants that people are shown
   */
  public ExposureReport(Output output, int most) {
    this.output = output;
    this.most = most;
  }

  /** Whether there is anybody to show further grants to. */
  public boolean wantsMore() {
    return output.isJson() || shown.size() < most;
  }

  public void totals(ExposureTotals totals) {
    known = totals.grants();
    output.json(Map.of("totals", totals));
    if (totals.grants() == 0) {
      output.line("Nobody received a key under it.");
      return;
    }
    output.line(
        "%s of %s to %s (%s) on %s."
            .formatted(
                counted(totals.grants(), "grant"),
                counted(totals.versions(), "version"),
                counted(totals.workloads(), "workload"),
                counted(totals.pods(), "pod or process", "pods and processes"),
                counted(totals.machines(), "attested machine")));
    output.line(
        "%s; of those that ended %d wiped, %d unconfirmed, %d awaited, %d left to stay."
            .formatted(
                counted(totals.live(), "lease lives on", "leases live on"),
                totals.wiped(),
                totals.wipeUnconfirmed(),
                totals.wipeAwaited(),
                totals.left()));
  }

  private static String counted(long count, String one) {
    return counted(count, one, one + "s");
  }

  private static String counted(long count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
  }

  /** The next ones, the newest first. */
  public void grants(List<ExposedGrant> grants) {
    grants.forEach(output::json);
    if (!output.isJson()) {
      grants.stream().limit(Math.max(0, most - shown.size())).forEach(shown::add);
    }
  }

  /** Shows people what was kept for them. */
  public void end() {
    if (shown.isEmpty()) {
      return;
    }
    Table table =
        new Table(
            "GRANTED",
            "COPY",
            "MODEL",
            "WORKLOAD",
            "POD",
            "NODE",
            "CHIP",
            "MEASUREMENT",
            "DATA KEY",
            "LEASE");
    shown.forEach(grant ->
        table.row(
            Instant.ofEpochMilli(grant.at()).toString(),
            grant.copy().wireName(),
            grant.model() + ":" + grant.version(),
            grant.subject(),
            orDash(grant.podUid()),
            orDash(grant.node()),
            grant.chips().isEmpty() ? "-" : shortened(grant.chips().getFirst()),
            grant.measurement() == null ? "-" : shortened(grant.measurement()),
            grant.dataKeyId().toString(),
            grant.lease().toString()));
    output.table(table);
    if (known > shown.size()) {
      output.line(
          "... and " + (known - shown.size()) + " older ones: --all prints them, --json whole.");
    }
  }

  private static String orDash(@Nullable String text) {
    return text == null ? "-" : text;
  }

  private static String shortened(String text) {
    return text.length() <= SHORTENED ? text : text.substring(0, SHORTENED) + "...";
  }
}
