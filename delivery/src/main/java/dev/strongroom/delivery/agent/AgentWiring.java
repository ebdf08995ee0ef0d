package dev.strongroom.delivery.agent;

import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.client.ClientLimits;
import dev.strongroom.delivery.client.ClientTls;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.client.ServiceAddress;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.client.TokenSource;
import dev.strongroom.delivery.grant.GrantFlow;
import dev.strongroom.delivery.grant.GrantVerification;
import dev.strongroom.delivery.grant.HeldGrant;
import dev.strongroom.delivery.lease.ConsumerStop;
import dev.strongroom.delivery.lease.HookStop;
import dev.strongroom.delivery.lease.LeaseClock;
import dev.strongroom.delivery.lease.LeaseKeeper;
import dev.strongroom.delivery.lease.LeaseService;
import dev.strongroom.delivery.lease.ProcessStop;
import dev.strongroom.delivery.lease.StopInTurn;
import dev.strongroom.delivery.lease.Wiper;
import dev.strongroom.delivery.place.MemoryStatus;
import dev.strongroom.delivery.place.Region;
import dev.strongroom.delivery.place.TargetSettings;
import dev.strongroom.delivery.place.TmpfsRegion;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.delivery.source.HttpRangeSource;
import dev.strongroom.delivery.source.ObjectUrls;
import dev.strongroom.delivery.source.RangeLimits;
import dev.strongroom.delivery.source.StorageHosts;
import dev.strongroom.delivery.spiffe.WorkloadApi;
import dev.strongroom.delivery.stream.ModelDelivery;
import dev.strongroom.delivery.stream.Verification;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The one place that says {@code new} for the parts of an agent. */
final class AgentWiring implements AutoCloseable {
  private static final long GRANT_SECONDS = 60;
  private static final long ACKNOWLEDGE_SECONDS = 300;
  private static final long STOP_SECONDS = 10;
  private static final Duration KILL_BOUND = Duration.ofSeconds(5);

  // A slow machine that does something else besides.
  private static final long WIPED_PER_SECOND = 64L << 20;

  private final AgentConfig config;
  private final Progress progress;
  private final Timing timing = Timing.system();
  private final InstantSource wallClock = InstantSource.system();
  private final TrustBundle trust;
  private final StorageHosts storageHosts;
  private final int workers;
  private final ConsumerStop consumer;
  private final @Nullable WorkloadApi workloadApi;
  private final KeyServiceClient client;
  private final GrantFlow grantFlow;
  private final TmpfsRegion region;
  private final @Nullable Readiness readiness;

  AgentWiring(AgentConfig config, Progress progress) {
    this.config = config;
    this.progress = progress;
    this.trust = AgentConfigFile.trust(Path.of(config.trustBundle()));
    this.storageHosts = StorageHosts.of(config.storageHosts());
    this.workers =
        Objects.requireNonNullElse(config.workers(), Runtime.getRuntime().availableProcessors());
    this.consumer = consumer(config.consumer());
    this.workloadApi =
        config.spiffe() == null
            ? null
            : new WorkloadApi(config.spiffe(), ClientLimits.DEFAULT.connect(), wallClock);
    this.client =
        KeyServiceClient.rotating(
            ServiceAddress.of(config.service(), trust.origin()),
            tls(Path.of(config.caFile())),
            tokens(),
            ClientLimits.DEFAULT.within(requestDeadline()),
            timing,
            wallClock);
    this.grantFlow = beginGrant();
    this.region = openRegion();
    this.readiness = listen();
  }

  private ClientTls.Source tls(Path caFile) {
    return workloadApi == null
        ? ClientTls.once(() -> TlsTrust.of(caFile))
        : workloadApi.tls(caFile);
  }

  // A token of somebody else may come with an X.509-SVID.
  private TokenSource tokens() {
    if (config.tokenFile() != null) {
      return TokenSource.file(Path.of(config.tokenFile()));
    }
    return workloadApi == null ? TokenSource.none() : workloadApi.tokens();
  }

  private void closeConnections() {
    client.close();
    if (workloadApi != null) {
      workloadApi.close();
    }
  }

  // The first nonce is fetched while the rest is built: connecting takes longest.
  private GrantFlow beginGrant() {
    CompletableFuture<Nonce> firstNonce = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("first-nonce")
        .start(() -> {
          try {
            firstNonce.complete(client.nonce());
          } catch (RuntimeException | Error e) {
            firstNonce.completeExceptionally(e);
          }
        });
    return new GrantFlow(
        client,
        firstNonce,
        EvidenceSources.attester(config),
        new GrantVerification(trust, wallClock),
        RetryLimits.within(seconds(config.grantSeconds(), GRANT_SECONDS)),
        timing,
        LeaseClock.sinceBoot()::nanos);
  }

  private TmpfsRegion openRegion() {
    try {
      return TmpfsRegion.open(target(), new MemoryStatus());
    } catch (RuntimeException e) {
      closeConnections();
      throw e;
    }
  }

  private TargetSettings target() {
    return new TargetSettings(
        Path.of(config.target()),
        config.excepts(AgentConfig.NOT_MEMORY),
        config.excepts(AgentConfig.SWAP));
  }

  // One request must not be tried for longer than what it is for.
  private Duration requestDeadline() {
    Duration grant = seconds(config.grantSeconds(), GRANT_SECONDS);
    Duration acknowledge = seconds(config.acknowledgeSeconds(), ACKNOWLEDGE_SECONDS);
    return Stream.of(grant, acknowledge, ClientLimits.DEFAULT.retry().deadline())
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  private @Nullable Readiness listen() {
    Integer port = config.readinessPort();
    if (port == null) {
      return null;
    }
    try {
      return Readiness.listen(port);
    } catch (RuntimeException e) {
      region.close();
      closeConnections();
      throw e;
    }
  }

  private ConsumerStop consumer(AgentConfig.@Nullable Consumer who) {
    if (who == null) {
      return ConsumerStop.none();
    }
    Duration bound = seconds(who.stopSeconds(), STOP_SECONDS);
    ConsumerStop hook = who.hook() == null ? ConsumerStop.none() : new HookStop(who.hook(), bound);
    ConsumerStop process =
        who.pidFile() == null
            ? ConsumerStop.none()
            : new ProcessStop(Path.of(who.pidFile()), bound, KILL_BOUND, timing);
    return new StopInTurn(hook, process);
  }

  /**
   * How long a delivery may take to stop: it may have to stop a consumer, to hear from the service,
   * and to wipe.
   */
  Duration deliveryStop(Manifest manifest) {
    long wiping = manifest.totals().plaintextBytes() / WIPED_PER_SECOND;
    return consumerStop().plus(requestDeadline()).plusSeconds(1 + wiping);
  }

  private Duration consumerStop() {
    AgentConfig.Consumer who = config.consumer();
    if (who == null) {
      return Duration.ZERO;
    }
    Duration each = seconds(who.stopSeconds(), STOP_SECONDS);
    Duration hook = who.hook() == null ? Duration.ZERO : each;
    return who.pidFile() == null ? hook : hook.plus(each).plus(KILL_BOUND);
  }

  private static Duration seconds(@Nullable Long configured, long otherwise) {
    return Duration.ofSeconds(Objects.requireNonNullElse(configured, otherwise));
  }

  Region region() {
    return region;
  }

  KeyServiceClient client() {
    return client;
  }

  ConsumerStop consumer() {
    return consumer;
  }

  GrantFlow grantFlow() {
    return grantFlow;
  }

  LeaseKeeper keeper(HeldGrant held, LeaseService service) {
    return new LeaseKeeper(
        held.verified().grant(),
        held.sentAtNanos(),
        trust,
        service,
        LeaseClock.sinceBoot(),
        wallClock,
        timing,
        progress);
  }

  Wiper wiper(Region place) {
    return new Wiper(
        consumer,
        place,
        RetryLimits.within(seconds(config.acknowledgeSeconds(), ACKNOWLEDGE_SECONDS)),
        timing,
        progress);
  }

  Session session(
      HeldGrant held, Region place, Wiper wiper, LeaseKeeper keeper, long startedAtNanos) {
    return new Session(
        held,
        place,
        wiper,
        source(held),
        new ModelDelivery(workers, ModelDelivery.PART_BYTES, verification(), progress),
        keeper,
        progress,
        startedAtNanos,
        this::readiness);
  }

  private Verification verification() {
    return Objects.requireNonNullElse(config.verify(), Verification.TAGS);
  }

  private HttpRangeSource source(HeldGrant held) {
    Grant grant = held.verified().grant();
    ObjectUrls urls =
        new ObjectUrls(
            held.verified().manifest().manifest(),
            storageHosts,
            held.verified().objects(),
            (List<Integer> indexes) -> client.urls(held.proofKey(), grant.lease(), indexes));
    String ca = config.storageCaFile();
    return new HttpRangeSource(
        urls,
        RangeLimits.DEFAULT,
        timing,
        workers,
        ca == null ? null : TlsTrust.of(Path.of(ca)).getSocketFactory(),
        progress);
  }

  int readinessPort() {
    return readiness == null ? -1 : readiness.port();
  }

  /** Tells those who ask whether the model may be used. */
  void readiness(boolean ready) {
    if (readiness != null) {
      readiness.set(ready);
    }
  }

  @Override
  public void close() {
    if (readiness != null) {
      readiness.close();
    }
    closeConnections();
    region.close();
  }
}
