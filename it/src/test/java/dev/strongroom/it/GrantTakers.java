package dev.strongroom.it;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.delivery.attest.Attester;
import dev.strongroom.delivery.client.ClientLimits;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.client.ServiceAddress;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.client.TokenSource;
import dev.strongroom.delivery.grant.GrantFlow;
import dev.strongroom.delivery.grant.GrantVerification;
import dev.strongroom.delivery.grant.GrantWish;
import dev.strongroom.delivery.grant.HeldGrant;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.testkit.stage.Stage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that take grants as workloads do, with every check of delivery's own client, until the
 * service is gone.
 */
final class GrantTakers implements AutoCloseable {
  private static final RetryLimits ONCE = RetryLimits.within(Duration.ZERO);

  /**
   * A grant that a client has verified and opened.
   *
   * @param logIndex the place of its release, by its receipt
   */
  record Taken(Grant grant, long logIndex) {}

  private final OnStage on;
  private final ModelVersion target;
  private final Queue<Taken> taken;
  private final Queue<Problem> unexpected = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean over;

  /**
   * @param taken where grants are kept
   */
  GrantTakers(OnStage on, String model, String version, int threads, Queue<Taken> taken) {
    this.on = on;
    this.target = new ModelVersion(new ModelName(model), new VersionId(version));
    this.taken = taken;
    for (int i = 0; i < threads; i++) {
      this.threads.add(Thread.ofPlatform().name("taker-" + i).start(this::take));
    }
  }

  /** How many grants were taken since this began. */
  int count() {
    return count.get();
  }

  private void take() {
    Stage stage = on.stage();
    GrantWish wish =
        new GrantWish(target, SealSuite.X25519, DeliveryMode.SIDECAR, ExpiryMode.WIPE, null, null);
    try (KeyServiceClient client =
        new KeyServiceClient(
            ServiceAddress.of(stage.origin(), stage.origin()),
            () -> TlsTrust.of(stage.certificate()),
            TokenSource.file(stage.token(Stage.INFERENCE)),
            ClientLimits.DEFAULT.within(Duration.ZERO),
            Timing.system(),
            InstantSource.system())) {
      GrantFlow flow =
          new GrantFlow(
              client,
              CompletableFuture.completedFuture(client.nonce()),
              Attester.NONE,
              new GrantVerification(on.trust(), InstantSource.system()),
              ONCE,
              Timing.system(),
              System::nanoTime);
      while (!over) {
        try (HeldGrant held = flow.ask(wish)) {
          taken.add(new Taken(held.verified().grant(), held.verified().logIndex()));
          count.incrementAndGet();
        }
      }
    } catch (Problem e) {
      if (e.code() != ProblemCode.SERVICE_UNREACHABLE) {
        unexpected.add(e);
      }
    }
  }

  /** Waits until every thread has met the end of the service. */
  @Override
  public void close() {
    over = true;
    for (Thread thread : threads) {
      try {
        if (!thread.join(Await.LIMIT)) {
          throw new AssertionError(thread + " does not end");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
    if (!unexpected.isEmpty()) {
      throw new AssertionError("a grant was refused", unexpected.peek());
    }
  }
}
