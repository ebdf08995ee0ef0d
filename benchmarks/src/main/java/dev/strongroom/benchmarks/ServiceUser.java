package dev.strongroom.benchmarks;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.trust.TrustBundle;
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
import dev.strongroom.delivery.source.HttpRangeSource;
import dev.strongroom.delivery.source.ObjectUrls;
import dev.strongroom.delivery.source.RangeLimits;
import dev.strongroom.delivery.source.StorageHosts;
import dev.strongroom.testkit.stage.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The product's own client inside the benchmark's process: takes grants and opens sources. */
final class ServiceUser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Stage stage;
  private final KeyServiceClient client;
  private final TrustBundle trust;

  ServiceUser(Stage stage) throws IOException {
    this.stage = stage;
    this.trust = StrictJson.mapper().readValue(stage.trustBundle().toFile(), TrustBundle.class);
    Path token = stage.token(Stage.INFERENCE);
    this.client =
        new KeyServiceClient(
            ServiceAddress.of(stage.origin(), trust.origin()),
            () -> TlsTrust.of(stage.certificate()),
            TokenSource.file(token),
            ClientLimits.DEFAULT,
            Timing.system(),
            InstantSource.system());
  }

  HeldGrant grant(String model, String version) {
    GrantFlow grants =
        new GrantFlow(
            client,
            CompletableFuture.completedFuture(client.nonce()),
            Attester.NONE,
            new GrantVerification(trust, InstantSource.system()),
            RetryLimits.within(PATIENCE),
            Timing.system(),
            System::nanoTime);
    return grants.ask(
        new GrantWish(
            ModelVersion.parse(model + ":" + version),
            SealSuite.X25519,
            DeliveryMode.SIDECAR,
            ExpiryMode.WIPE,
            null,
            null));
  }

  HttpRangeSource source(HeldGrant held, int workers) {
    ObjectUrls urls =
        new ObjectUrls(
            held.verified().manifest().manifest(),
            StorageHosts.of(List.of(stage.storage().uri().toString())),
            held.verified().objects(),
            indexes -> client.urls(held.proofKey(), held.verified().grant().lease(), indexes));
    return new HttpRangeSource(urls, RangeLimits.DEFAULT, Timing.system(), workers, null);
  }

  @Override
  public void close() {
    client.close();
  }
}
