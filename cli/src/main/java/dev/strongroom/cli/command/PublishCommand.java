package dev.strongroom.cli.command;

import dev.strongroom.cli.Environment;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.output.Progress;
import dev.strongroom.cli.output.ProgressBar;
import dev.strongroom.cli.output.ProgressLines;
import dev.strongroom.cli.publish.HttpPartStorage;
import dev.strongroom.cli.publish.OmsBundle;
import dev.strongroom.cli.publish.PartUploader;
import dev.strongroom.cli.publish.Publication;
import dev.strongroom.cli.publish.PublicationReceipt;
import dev.strongroom.cli.publish.PublishEvent;
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
import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.grant.DraftVerification;
import dev.strongroom.delivery.progress.Sizes;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Publishes a directory. */
@Command(
    name = "publish",
    header = "Encrypt a directory and publish it as a version.",
    description = {
      "Hashes every file, gets the data key of the version, encrypts and uploads in parallel, signs",
      "the manifest and has the version recorded. A published version never changes.",
      "Broken off, the same command goes on where it stopped: finished parts are not sent again.",
      "The key and the token are files, never arguments."
    },
    footer = {
      "Example:",
      "  strongroom publish ./model --model acme/chat --version 3 --key publisher.pem \\",
      "    --service https://keys.example.org --trust trust.json --token-file token"
    })
public final class PublishCommand implements Runnable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofMinutes(2);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Parameters(paramLabel = "DIR", description = "The directory of the model.")
  private Path directory = Path.of("");

  @Option(names = "--model", required = true, paramLabel = "ORG/NAME", description = "The model.")
  private String model = "";

  @Option(
      names = "--version",
      required = true,
      paramLabel = "VERSION",
      description = "The version's name, such as 3 or 2026-01-31.")
  private String version = "";

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "Your publisher key (PEM, PKCS#8, mode 0600); see 'strongroom keygen'.")
  private @Nullable Path key;

  @Option(
      names = "--oms-bundle",
      paramLabel = "FILE",
      description = "An OpenSSF model signature that the files must agree with.")
  private @Nullable Path omsBundle;

  @Option(
      names = "--oms-key",
      paramLabel = "FILE",
      description = "The public key (PEM) of that signature.")
  private @Nullable Path omsKey;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write manifest.dsse.json, receipt.txt, leaf.json and bom.cdx.json there.")
  private @Nullable Path out;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description = "Where the journal is kept; $XDG_STATE_HOME/strongroom/publish where absent.")
  private @Nullable Path stateDir;

  @Option(
      names = "--storage-ca",
      paramLabel = "FILE",
      description = "PEM certificates to trust as the storage's; otherwise those Java trusts.")
  private @Nullable Path storageCa;

  @Option(
      names = "--storage",
      paramLabel = "ORIGIN",
      description = {
        "An origin of the object storage, such as https://s3.example.org; may be repeated.",
        "Parts go nowhere else. Where absent, that of the first URL, in",
        "later runs too; one without TLS on this machine alone."
      })
  private @Nullable List<String> storage;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Parts encrypted at once; all cores where absent.")
  private @Nullable Integer workers;

  @Option(
      names = "--uploads",
      paramLabel = "N",
      description = "Parts sent at once, each on its own connection; 8 where absent.")
  private @Nullable Integer uploads;

  @Option(
      names = "--post-quantum",
      description = "Have the data key sealed with X-Wing (ML-KEM-768 and X25519).")
  private boolean postQuantum;

  @Override
  public void run() {
    ModelVersion target = new ModelVersion(new ModelName(model), new VersionId(version));
    PublishOptions options = options(target);
    Environment environment = Strongroom.above(spec).environment();
    environment.hardening().run();
    CryptoProviders.install();
    Instant began = environment.clock().instant();
    Publication publication = publish(options, environment);
    tell(publication, Duration.between(began, environment.clock().instant()));
  }

  private PublishOptions options(ModelVersion target) {
    if ((omsBundle == null) != (omsKey == null)) {
      throw new ParameterException(
          spec.commandLine(), "--oms-bundle and --oms-key belong together.");
    }
    PublishOptions options = PublishOptions.of(directory, target, state(target));
    options = workers == null ? options : options.withWorkers(positive("--workers", workers));
    options = out == null ? options : options.withPapers(out);
    options = uploads == null ? options : options.withUploads(positive("--uploads", uploads));
    return omsBundle == null || omsKey == null
        ? options
        : options.withModelSignature(
            OmsBundle.read(
                omsBundle,
                omsKey,
                path -> note("The model signature does not cover '" + path + "'.")));
  }

  private int positive(String option, int number) {
    if (number < 1) {
      throw new ParameterException(spec.commandLine(), option + " is 1 or more.");
    }
    return number;
  }

  private void note(String text) {
    Strongroom root = Strongroom.above(spec);
    root.environment()
        .err()
        .println(root.json() ? Output.oneLine(Map.of("event", "note", "message", text)) : text);
  }

  private Path state(ModelVersion target) {
    Environment environment = Strongroom.above(spec).environment();
    Path fromProfile = connection.profile().stateDir();
    Path base =
        stateDir != null
            ? stateDir
            : fromProfile != null
                ? fromProfile
                : environment
                    .baseDirectory("XDG_STATE_HOME", ".local", "state")
                    .resolve("strongroom")
                    .resolve("publish");
    return base.resolve(target.model().organisation())
        .resolve(target.model().name())
        .resolve(target.version().value());
  }

  private Publication publish(PublishOptions options, Environment environment) {
    PublisherKey publisher = PublisherKey.read(keyFile());
    TrustBundle trust = connection.trust();
    SecureRandom random = new SecureRandom();
    Path profileStorageCa = connection.profile().storageCa();
    Optional<Path> authorities =
        Optional.ofNullable(storageCa != null ? storageCa : profileStorageCa);
    try (KeyServiceClient service = connection.connectPatiently();
        Progress progress = progress(environment)) {
      UploadOrigins origins =
          new UploadOrigins(
              storageOrigins(), origin -> progress.on(new PublishEvent.StorageChosen(origin)));
      PartUploader uploader =
          new PartUploader(
              new HttpPartStorage(origins, ConnectionOptions.tls(authorities), CONNECT, ANSWER),
              environment.timing());
      ServiceDrafts drafts =
          new ServiceDrafts(
              service,
              new DraftVerification(trust, environment.clock()),
              postQuantum ? SealSuite.X_WING : SealSuite.X25519,
              environment.timing());
      return new PublishFlow(
              drafts,
              uploader,
              origins,
              new ManifestSigner(publisher),
              readers(trust, options.target(), environment),
              new PublicationReceipt(TrustFile.logTrust(trust)),
              progress,
              environment.clock(),
              random)
          .run(options);
    }
  }

  private List<String> storageOrigins() {
    List<String> named = storage != null ? storage : connection.profile().storageHosts();
    return named == null ? List.of() : named;
  }

  private Path keyFile() {
    Path file = key != null ? key : connection.profile().publisherKey();
    if (file == null) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "give --key FILE, or the key 'publisherKey' in the profile; make one with"
              + " 'strongroom keygen publisher FILE'");
    }
    return file;
  }

  private static ManifestVerifier readers(
      TrustBundle trust, ModelVersion target, Environment environment) {
    return new ManifestVerifier(
        trust.publisherKeys(target.model(), environment.clock().instant()).stream()
            .map(PinnedKey::publicKey)
            .toList());
  }

  private Progress progress(Environment environment) {
    return environment.terminal() && !Strongroom.above(spec).json()
        ? new ProgressBar(environment.err(), environment.clock())
        : new ProgressLines(environment.err(), environment.clock());
  }

  private void tell(Publication publication, Duration time) {
    long bytes = publication.manifest().totals().plaintextBytes();
    Output output = Strongroom.above(spec).output();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("model", model);
    result.put("version", version);
    result.put("manifestDigest", publication.digest());
    result.put("files", publication.manifest().totals().files());
    result.put("bytes", bytes);
    result.put("seconds", Math.max(0.001, time.toMillis() / 1000.0));
    output.json(result);
    output.line(
        "Published "
            + model
            + " "
            + version
            + ": "
            + publication.manifest().totals().files()
            + " files, "
            + Sizes.bytes(bytes)
            + " in "
            + Sizes.clock(time)
            + " ("
            + Sizes.rate(bytes, time)
            + ")");
    output.line("Manifest digest  " + publication.digest());
    if (publication.earlier()) {
      output.line("An earlier run had already sent this manifest.");
    }
    if (out != null) {
      output.line("Papers           " + out);
    }
  }
}
