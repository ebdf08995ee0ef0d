package dev.strongroom.benchmarks;

import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.cli.publish.HttpPartStorage;
import dev.strongroom.cli.publish.PartUploader;
import dev.strongroom.cli.publish.PublicationReceipt;
import dev.strongroom.cli.publish.PublishFlow;
import dev.strongroom.cli.publish.PublishOptions;
import dev.strongroom.cli.publish.ServiceDrafts;
import dev.strongroom.cli.publish.UploadOrigins;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.ManifestVerifier;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.client.ClientLimits;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.client.ServiceAddress;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.client.TokenSource;
import dev.strongroom.delivery.grant.DraftVerification;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.testkit.stage.Stage;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Publishes many versions of one small directory, each as {@code strongroom publish} does it, in
 * this process: draft, upload, signed manifest, receipt.
 */
final class VersionSeeder {
  private static final int PUBLISHERS = 8;
  private static final int VERSIONS_OF_A_MODEL = 100;
  private static final int ATTEMPTS = 5;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Stage stage;
  private final Path directory;
  private final Path state;
  private final TrustBundle trust;
  private final PublisherKey publisher;
  private final Path token;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param directory what every version holds
   * @param state an absent folder for the journals
   */
  VersionSeeder(Stage stage, Path directory, Path state) {
    this.stage = stage;
    this.directory = directory;
    this.state = state;
    this.trust = TrustFile.read(stage.trustBundle());
    this.publisher = PublisherKey.read(stage.publisherKey());
    this.token = stage.token(Stage.PUBLISHER);
  }

  /** The names of so many versions. */
  static List<ModelVersion> names(int count) {
    return IntStream.range(0, count).mapToObj(VersionSeeder::target).toList();
  }

  /** Publishes all of these. */
  void publish(List<ModelVersion> targets) throws Exception {
    AtomicInteger next = new AtomicInteger();
    try (ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < Math.min(PUBLISHERS, targets.size()); i++) {
        running.add(threads.submit(() -> publishFrom(targets, next)));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
  }

  private static ModelVersion target(int number) {
    return new ModelVersion(
        new ModelName("acme/seeded-" + number / VERSIONS_OF_A_MODEL),
        new VersionId(Integer.toString(number % VERSIONS_OF_A_MODEL)));
  }

  private void publishFrom(List<ModelVersion> targets, AtomicInteger next) {
    try (KeyServiceClient client =
        new KeyServiceClient(
            ServiceAddress.of(stage.origin(), trust.origin()),
            () -> TlsTrust.of(stage.certificate()),
            TokenSource.file(token),
            ClientLimits.DEFAULT,
            Timing.system(),
            InstantSource.system())) {
      for (int i = next.getAndIncrement(); i < targets.size(); i = next.getAndIncrement()) {
        publishPatiently(client, targets.get(i));
      }
    }
  }

  // As a person would: the same command again, which goes on where the first ended.
  private void publishPatiently(KeyServiceClient client, ModelVersion target) {
    for (int attempt = 1; ; attempt++) {
      try {
        publish(client, target);
        return;
      } catch (Problem e) {
        if (e.code().category() != ProblemCode.Category.RETRY || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void publish(KeyServiceClient client, ModelVersion target) {
    UploadOrigins origins =
        new UploadOrigins(List.of(stage.storage().uri().toString()), origin -> {});
    new PublishFlow(
            new ServiceDrafts(
                client,
                new DraftVerification(trust, InstantSource.system()),
                SealSuite.X25519,
                Timing.system()),
            new PartUploader(
                new HttpPartStorage(origins, TlsTrust.of(stage.certificate()), TIMEOUT, TIMEOUT),
                Timing.system()),
            origins,
            new ManifestSigner(publisher),
            new ManifestVerifier(
                trust.publisherKeys(target.model(), Instant.now()).stream()
                    .map(PinnedKey::publicKey)
                    .toList()),
            new PublicationReceipt(TrustFile.logTrust(trust)),
            event -> {},
            InstantSource.system(),
            random)
        .run(
            PublishOptions.of(
                directory,
                target,
                state.resolve(target.model().name()).resolve(target.version().value())));
  }
}
