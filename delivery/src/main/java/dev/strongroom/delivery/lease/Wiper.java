package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.place.Region;
import dev.strongroom.delivery.place.WipeExtent;
import dev.strongroom.delivery.place.WipeManner;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.retry.Retry;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;

/**
 * The end of a delivery, in its order: the consumer stops, it is certain that it did, the files are
 * wiped, and the service is told. What the consumer copied elsewhere is beyond reach, and the
 * acknowledgement says so.
 */
public final class Wiper {
  private final ConsumerStop consumer;
  private final Region region;
  private final RetryLimits acknowledgement;
  private final Timing timing;
  private final Progress progress;

  /**
   * @param acknowledgement how long to try to tell the service
   */
  public Wiper(
      ConsumerStop consumer,
      Region region,
      RetryLimits acknowledgement,
      Timing timing,
      Progress progress) {
    this.consumer = consumer;
    this.region = region;
    this.acknowledgement = acknowledgement;
    this.timing = timing;
    this.progress = progress;
  }

  /**
   * Stops the consumer and wipes.
   *
   * @param cause why
   * @param readable whether a consumer could ever read the model
   * @return what to tell the service
   * @throws Problem {@link ProblemCode#WIPE_INCOMPLETE} when something remains; it must not be
   *     acknowledged
   */
  public Lease.Wiped wipe(Lease.EndCause cause, boolean readable) {
    return wipe(cause, readable, 0);
  }

  /**
   * Stops the consumer and wipes what must be there.
   *
   * @param files how many at least; when there are fewer, somebody has moved them out of sight
   * @throws Problem as {@link #wipe(Lease.EndCause, boolean)}
   */
  public Lease.Wiped wipe(Lease.EndCause cause, boolean readable, long files) {
    Lease.ConsumerEnd end = readable ? stopped() : Lease.ConsumerEnd.NONE_KNOWN;
    progress.on(new DeliveryEvent.ConsumerStopped(end));
    // Zeros under a reader that still runs would look like a model to it; a shorter file stops it.
    // Not to know of a reader is not to know that there is none.
    WipeExtent extent =
        region.wipe(
            end == Lease.ConsumerEnd.ENDED || !readable
                ? WipeManner.OVERWRITE
                : WipeManner.TRUNCATE);
    if (extent.files() < files) {
      throw new Problem(
          ProblemCode.WIPE_INCOMPLETE,
          "only "
              + extent.files()
              + " of "
              + files
              + " files were found; somebody has moved the others, look for them and delete them");
    }
    progress.on(new DeliveryEvent.Wiped(extent.files(), extent.bytes()));
    return new Lease.Wiped(cause, extent.files(), extent.bytes(), end, readable);
  }

  // A way to stop the consumer that fails must not save the files.
  private Lease.ConsumerEnd stopped() {
    try {
      return consumer.stop();
    } catch (RuntimeException e) {
      return Lease.ConsumerEnd.UNCONFIRMED;
    }
  }

  /**
   * Tells the service, again and again within the bound.
   *
   * @return whether it has taken the acknowledgement
   */
  public boolean acknowledge(Grantee grantee, Lease.Wiped wiped) {
    Retry retry = new Retry(acknowledgement, timing);
    while (true) {
      try {
        grantee.service().wiped(wiped);
        progress.on(new DeliveryEvent.Acknowledged(grantee.lease(), true));
        return true;
      } catch (Problem e) {
        progress.on(new DeliveryEvent.LeaseTrouble(grantee.lease(), e.code(), "" + e.getMessage()));
        if (!tryAgain(e, retry)) {
          progress.on(new DeliveryEvent.Acknowledged(grantee.lease(), false));
          return false;
        }
      }
    }
  }

  /** A lease and the way to speak for it. */
  public record Grantee(dev.strongroom.core.id.LeaseId lease, LeaseService service) {}

  // A token that has expired is replaced, an operator mends the log: only what names the lease
  // itself is final.
  private static boolean tryAgain(Problem problem, Retry retry) {
    if (problem.code() == ProblemCode.LEASE_UNKNOWN) {
      return false;
    }
    try {
      retry.pauseOrThrow(problem);
      return true;
    } catch (Problem e) {
      return false;
    }
  }
}
