package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.delivery.retry.Timing;
import java.time.Duration;

/** Tells of acknowledgements of wipes as they come, until none is due any more or time is over. */
final class WipeWatch {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private final Session session;
  private final Output output;
  private final Timing timing;

  WipeWatch(Session session, Output output, Timing timing) {
    this.session = session;
    this.output = output;
    this.timing = timing;
  }

  /**
   * Waits.
   *
   * @param least how many leases end by it; the log may not say so of all yet
   * @param most how long
   * @return OK when every holder said that it wiped, REFUSED when one did not say so in time,
   *     UNAVAILABLE when the wait ended before
   */
  ExitCode watch(RevocationId revocation, long least, Duration most) throws InterruptedException {
    long begin = timing.nanoTime().getAsLong();
    JsonNode told = MissingNode.getInstance();
    JsonNode now = look(revocation);
    while (!isSettled(now, least) && timing.nanoTime().getAsLong() - begin < most.toNanos()) {
      tell(now, least, told);
      told = now;
      timing.pause().pause(LOOK_EVERY);
      now = look(revocation);
    }
    tell(now, least, told);
    return end(now, least);
  }

  private JsonNode look(RevocationId revocation) {
    return session.get("/v1/revocations/" + revocation);
  }

  private static long count(JsonNode wipes, String member) {
    return wipes.path(member).asLong();
  }

  private static long total(JsonNode wipes, long least) {
    return Math.max(least, count(wipes, "ended"));
  }

  private static boolean isSettled(JsonNode wipes, long least) {
    return count(wipes, "wiped") + count(wipes, "unconfirmed") >= total(wipes, least);
  }

  private void tell(JsonNode wipes, long least, JsonNode told) {
    if (wipes.equals(told)) {
      return;
    }
    output.json(wipes);
    long unconfirmed = count(wipes, "unconfirmed");
    output.line(
        count(wipes, "wiped")
            + " of "
            + total(wipes, least)
            + " wiped"
            + (unconfirmed == 0 ? "." : ", " + unconfirmed + " unconfirmed."));
  }

  private ExitCode end(JsonNode wipes, long least) {
    if (count(wipes, "unconfirmed") > 0) {
      output.line("Nobody confirmed the wipe of these: end their pods or nodes.");
      wipes.path("unconfirmedLeases").forEach(lease -> output.line("  " + lease.asText()));
      return ExitCode.REFUSED;
    }
    if (!isSettled(wipes, least)) {
      output.line("The wait is over before all have answered; 'strongroom revoke show' goes on.");
      return ExitCode.UNAVAILABLE;
    }
    return ExitCode.OK;
  }
}
