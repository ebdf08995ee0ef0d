package dev.strongroom.delivery.agent;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.delivery.grant.HeldGrant;
import dev.strongroom.delivery.lease.LeaseKeeper;
import dev.strongroom.delivery.lease.Wiper;
import dev.strongroom.delivery.place.Region;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.source.HttpRangeSource;
import dev.strongroom.delivery.stream.ModelDelivery;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The delivery under one grant, on a thread of its own, so that the lease is kept and an end of it
 * is heard while bytes still come in.
 */
final class Session implements Runnable {
  private final HeldGrant grant;
  private final Region region;
  private final Wiper wiper;
  private final HttpRangeSource source;
  private final ModelDelivery delivery;
  private final LeaseKeeper keeper;
  private final Progress progress;
  private final long startedAtNanos;
  private final Consumer<Boolean> readiness;
  private volatile boolean readable;
  private volatile long placed;
  private volatile Lease.@Nullable Wiped cleared;
  private volatile @Nullable Problem failure;
  private volatile boolean over;

  Session(
      HeldGrant grant,
      Region region,
      Wiper wiper,
      HttpRangeSource source,
      ModelDelivery delivery,
      LeaseKeeper keeper,
      Progress progress,
      long startedAtNanos,
      Consumer<Boolean> readiness) {
    this.grant = grant;
    this.region = region;
    this.wiper = wiper;
    this.source = source;
    this.delivery = delivery;
    this.keeper = keeper;
    this.progress = progress;
    this.startedAtNanos = startedAtNanos;
    this.readiness = readiness;
  }

  /** Whether a consumer could ever read the model. */
  boolean readable() {
    return readable;
  }

  /** How many files stand there, of this version and whole. */
  long placed() {
    return placed;
  }

  /** What was taken away to make room, as long as nothing else could be read. */
  Lease.@Nullable Wiped cleared() {
    return cleared;
  }

  /** Whether nothing is written any more. */
  boolean over() {
    return over;
  }

  @Nullable Problem failure() {
    return failure;
  }

  @Override
  public void run() {
    try (source) {
      place();
      if (grant.verified().grant().mode() == DeliveryMode.INIT) {
        keeper.release("the init container has delivered");
      }
    } catch (Problem e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      fail(new Problem(ProblemCode.INTERNAL, "the delivery failed: " + e, e));
    } finally {
      over = true;
    }
  }

  private void place() {
    Manifest manifest = grant.verified().manifest().manifest();
    // What an earlier process left has been in sight all the time.
    readable = region.holdsModel();
    if (region.matches(manifest)) {
      progress.on(
          new DeliveryEvent.Reused(manifest.totals().files(), manifest.totals().plaintextBytes()));
    } else {
      requireGoingOn();
      clear();
      deliver(manifest);
      readable = true;
      cleared = null;
    }
    placed = manifest.totals().files();
    grant.close();
    requireGoingOn();
    region.announce(readyText(manifest));
    readiness.accept(true);
    progress.on(
        new DeliveryEvent.Ready(
            manifest.totals().files(),
            manifest.totals().plaintextBytes(),
            Duration.ofNanos(System.nanoTime() - startedAtNanos)));
  }

  // An end that comes while files are hashed looks like another model, and after an end nothing is
  // announced. What stands there then goes as part of that end, and is told of as such.
  private static void requireGoingOn() {
    if (Thread.currentThread().isInterrupted()) {
      throw new Problem(ProblemCode.SOURCE_UNAVAILABLE, "the delivery was stopped");
    }
  }

  // What an earlier process left and this grant does not cover.
  private void clear() {
    if (region.holdsModel()) {
      cleared = wiper.wipe(Lease.EndCause.EXPIRED, true);
      readable = false;
    }
  }

  private void deliver(Manifest manifest) {
    try (VersionKey key = VersionKey.of(grant.verified().dataKey())) {
      delivery.deliver(manifest, key, source, region);
    }
  }

  private String readyText(Manifest manifest) {
    return "{\"format\":\"strongroom-ready/v1\",\"manifest\":\""
        + grant.verified().manifest().digest().hex()
        + "\",\"model\":\""
        + manifest.model()
        + "\",\"version\":\""
        + manifest.version()
        + "\"}";
  }

  private void fail(Problem problem) {
    failure = problem;
    keeper.release("the delivery failed: " + problem.code().wireName());
  }
}
