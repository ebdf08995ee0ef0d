package dev.strongroom.cli.publish;

import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.ManifestVerifier;
import dev.strongroom.core.manifest.PublisherKey;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;

/** Publishes a directory with everything real but the service; also as a process of its own. */
final class Publisher {
  static final ModelVersion TARGET =
      new ModelVersion(new ModelName("acme/chat"), new VersionId("3"));

  private Publisher() {}

  /** Arguments: folder with the files below, source, state directory. */
  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    PublishOptions options =
        PublishOptions.of(Path.of(arguments[1]), TARGET, Path.of(arguments[2]));
    run(folder, options, event -> System.out.println(event));
    System.out.println("published");
  }

  static void writeFiles(Path folder, TrustBundle trust, Path ca, PublisherKey key)
      throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve("trust.json"), StrictJson.mapper().writeValueAsBytes(trust));
    Files.writeString(folder.resolve("token"), ScriptedService.TOKEN + "\n");
    Files.copy(ca, folder.resolve("ca.pem"));
    key.write(folder.resolve("publisher.pem"));
  }

  static Publication run(Path folder, PublishOptions options, PublishListener listener) {
    TrustBundle trust = TrustFile.read(folder.resolve("trust.json"));
    SSLContext tls = TlsTrust.of(folder.resolve("ca.pem"));
    InstantSource clock = InstantSource.system();
    SecureRandom random = new SecureRandom();
    // Time passes by waiting alone, and quickly: no test sleeps, and attempts are few.
    AtomicLong time = new AtomicLong();
    Timing timing =
        new Timing(time::get, random, duration -> time.addAndGet(20 * duration.toNanos()));
    try (KeyServiceClient client =
        new KeyServiceClient(
            ServiceAddress.of(trust.origin(), trust.origin()),
            () -> tls,
            TokenSource.file(folder.resolve("token")),
            ClientLimits.DEFAULT,
            timing,
            clock)) {
      DraftService service =
          new ServiceDrafts(client, new DraftVerification(trust, clock), SealSuite.X25519, timing);
      UploadOrigins origins =
          new UploadOrigins(
              List.of(), origin -> listener.on(new PublishEvent.StorageChosen(origin)));
      PartUploader uploader =
          new PartUploader(
              new HttpPartStorage(origins, tls, Duration.ofSeconds(10), Duration.ofSeconds(30)),
              timing);
      return new PublishFlow(
              service,
              uploader,
              origins,
              new ManifestSigner(PublisherKey.read(folder.resolve("publisher.pem"))),
              new ManifestVerifier(
                  trust.publisherKeys(TARGET.model(), Instant.now()).stream()
                      .map(PinnedKey::publicKey)
                      .toList()),
              new PublicationReceipt(TrustFile.logTrust(trust)),
              listener,
              clock,
              random)
          .run(options);
    }
  }
}
