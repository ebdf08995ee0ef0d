package dev.strongroom.keyservice.config;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.yaml.Bounds;
import dev.strongroom.keyservice.config.yaml.Default;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.config.yaml.RecordReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of the key service: one YAML file. Reference: {@code
 * docs/guide/configuration.md}.
 *
 * @param origin the {@code https} URL under which workloads reach the service, without a path
 * @param dataDir the folder of the store, the log, keys made at first start
 * @param kek what data keys are wrapped under
 * @param formerKeks what unwraps data keys that were wrapped before, until they are moved
 * @param dataKeyCache null where each grant calls the key backend
 * @param attestation what evidence of hardware is verified with
 * @param policyFile the policy document, where a file rules; else null
 * @param policy who approves policies before they take effect; null where a file rules
 * @param publishers the keys that may sign manifests
 * @param administrators who may revoke and audit on every model; they may neither decrypt nor
 *     publish, so that running the service does not give the weights
 */
public record KeyServiceConfig(
    URI origin,
    Path dataDir,
    ListenConfig listen,
    ManagementConfig management,
    StorageConfig storage,
    @Default("tink") KekConfig kek,
    @Default("") List<KekConfig> formerKeks,
    @Nullable DataKeyCacheConfig dataKeyCache,
    IdentityConfig identity,
    AttestationConfig attestation,
    @Nullable Path policyFile,
    @Nullable PolicyConfig policy,
    @Default("") List<PublisherConfig> publishers,
    @Default("") List<SubjectConfig> administrators,
    LimitsConfig limits,
    LeasesConfig leases,
    LogConfig log,
    NonceConfig nonce,
    DpopConfig dpop,
    ExplanationsConfig explanations,
    DecisionsConfig decisions,
    ShutdownConfig shutdown) {

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the origin is no bare {@code
   *     https} URL in lower case, or two publishers have one name
   */
  public KeyServiceConfig {
    formerKeks = List.copyOf(formerKeks);
    publishers = List.copyOf(publishers);
    administrators = List.copyOf(administrators);
    check(isOrigin(origin), "origin: an https URL in lower case without path or query is wanted");
    check(
        (policyFile == null) != (policy == null),
        "exactly one of policyFile (a file rules) and policy (approvers do) is wanted");
    check(
        policy == null || !administrators.isEmpty(),
        "policy: administrators are wanted, who apply the first policy");
    Set<String> names = new HashSet<>();
    for (PublisherConfig publisher : publishers) {
      check(
          names.add(publisher.name()),
          "publishers: the name '" + publisher.name() + "' is there twice");
    }
  }

  /**
   * Reads the file.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} that names every fault with its line
   */
  public static KeyServiceConfig read(Path file) {
    return reading(file).orThrow("the configuration " + file);
  }

  /** Reads the file and keeps what is wrong with it. */
  public static Reading<KeyServiceConfig> reading(Path file) {
    Path absolute = file.toAbsolutePath();
    try {
      return parse(Files.readString(absolute, StandardCharsets.UTF_8), folderOf(absolute));
    } catch (IOException e) {
      return new Reading.Invalid<>(List.of(Fault.unreadable(e)));
    }
  }

  /** Reads a text; relative paths are relative to {@code folder}. */
  public static Reading<KeyServiceConfig> parse(String yaml, Path folder) {
    return RecordReader.read(yaml, KeyServiceConfig.class, folder, "dataDir");
  }

  static void check(boolean condition, String message) {
    if (!condition) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, message);
    }
  }

  private static Path folderOf(Path absolute) {
    Path parent = absolute.getParent();
    return parent == null ? absolute : parent;
  }

  private static boolean isOrigin(URI origin) {
    String text = origin.toString();
    return "https".equals(origin.getScheme())
        && origin.getRawPath().isEmpty()
        && origin.getRawQuery() == null
        && origin.getRawFragment() == null
        && text.equals(text.toLowerCase(Locale.ROOT))
        && origin.getPort() != 443;
  }

  /**
   * Where workloads connect.
   *
   * @param tls null for a self-signed pair below {@code dataDir/tls}, made at first start
   */
  public record ListenConfig(
      @Default("0.0.0.0") String host,
      @Default("8443") @Bounds(min = "0", max = "65535") Integer port,
      @Nullable TlsConfig tls) {}

  /**
   * A certificate and its key.
   *
   * @param certificate PEM, the chain with the leaf first
   * @param key PEM, PKCS#8, readable for its owner alone
   */
  public record TlsConfig(Path certificate, Path key) {}

  /**
   * Where health and metrics are served, for the machine or the cluster alone: TLS with the
   * certificate of {@link ListenConfig}, to anybody who connects.
   */
  public record ManagementConfig(
      @Default("127.0.0.1") String host,
      @Default("8081") @Bounds(min = "0", max = "65535") Integer port) {}

  /**
   * One key that may sign manifests.
   *
   * @param keyFile PEM of a SubjectPublicKeyInfo: P-256 or Ed25519
   * @param models what it may sign for
   */
  public record PublisherConfig(
      String name, Path keyFile, List<dev.strongroom.core.id.ModelPattern> models) {
    public PublisherConfig {
      models = List.copyOf(models);
      check(!models.isEmpty(), "models: at least one pattern is wanted");
    }
  }

  /** A subject of an issuer, both as in the token. */
  public record SubjectConfig(String issuer, String subject) {}

  /**
   * What one caller may cost.
   *
   * @param bodyBytes the largest body of a request for a grant; other requests have fixed limits
   * @param headerBytes all headers of a request together; a token and a proof fit into the default
   * @param concurrentRequests handled at once; more wait
   * @param queuedRequests waiting at most; more are refused with {@code overloaded}
   * @param requestTimeout from the first byte to the answer
   * @param idleTimeout of a connection
   */
  public record LimitsConfig(
      @Default("1MiB") @Bounds(min = "64KiB", max = "16MiB")
          dev.strongroom.keyservice.config.yaml.ByteSize bodyBytes,
      @Default("32KiB") @Bounds(min = "24KiB", max = "128KiB")
          dev.strongroom.keyservice.config.yaml.ByteSize headerBytes,
      RatesConfig requestsPerSecond,
      @Default("256") @Bounds(min = "1", max = "65536") Integer concurrentRequests,
      @Default("1024") @Bounds(min = "0", max = "65536") Integer queuedRequests,
      @Default("10s") @Bounds(min = "1s", max = "2m") Duration requestTimeout,
      @Default("60s") @Bounds(min = "1s", max = "1h") Duration idleTimeout) {}

  /**
   * Requests per second.
   *
   * @param perIdentity of one {@code issuer|subject}, over all its pods
   * @param perModel for one model, over all identities
   * @param perAddress before anybody is known, of one peer address
   * @param burst how many seconds of the rate may come at once
   */
  public record RatesConfig(
      @Default("500") @Bounds(min = "1", max = "1000000") Integer perIdentity,
      @Default("2000") @Bounds(min = "1", max = "1000000") Integer perModel,
      @Default("2000") @Bounds(min = "1", max = "1000000") Integer perAddress,
      @Default("2s") @Bounds(min = "1s", max = "60s") Duration burst) {}

  /**
   * @param wipeAcknowledgeWithin after the end of a lease, until it is logged as unconfirmed
   * @param maxLive live leases at most; more are refused with {@code overloaded}, but for those
   *     that replace the holder's own
   * @param maxLivePerSubject live leases of one {@code issuer|subject}; more are refused with
   *     {@code too-many-leases}, with the same exception
   * @param maxLivePerSubjectAndVersion those of one subject for one version
   * @param eventStreams open event streams at most
   * @param sweepEvery how often ended leases are looked for
   */
  public record LeasesConfig(
      @Default("2m") @Bounds(min = "1s", max = "1d") Duration wipeAcknowledgeWithin,
      @Default("100000") @Bounds(min = "1", max = "10000000") Integer maxLive,
      @Default("50000") @Bounds(min = "1", max = "10000000") Integer maxLivePerSubject,
      @Default("20000") @Bounds(min = "1", max = "10000000") Integer maxLivePerSubjectAndVersion,
      @Default("20000") @Bounds(min = "1", max = "1000000") Integer eventStreams,
      @Default("5s") @Bounds(min = "100ms", max = "1m") Duration sweepEvery) {}

  /**
   * The log.
   *
   * @param directory the folder of its tiles and checkpoints
   * @param queue entries that wait at most
   * @param batch entries that share one write and one checkpoint at most
   * @param writeWithin for room in the queue and the durable write together, then {@code
   *     log-unavailable}
   */
  public record LogConfig(
      @Default("log") Path directory,
      @Default("4096") @Bounds(min = "1", max = "1000000") Integer queue,
      @Default("256") @Bounds(min = "1", max = "65536") Integer batch,
      @Default("2s") @Bounds(min = "10ms", max = "1m") Duration writeWithin) {

    /**
     * What must be free on the disk for the service to be ready. Grants must not be what fills it
     * to the last byte: revocations need room too.
     */
    public static final long LEAST_FREE_BYTES = 64L << 20;
  }

  /**
   * @param lifetime of a nonce
   */
  public record NonceConfig(@Default("2m") @Bounds(min = "5s", max = "10m") Duration lifetime) {}

  /**
   * Proofs of possession (RFC 9449).
   *
   * @param window how far {@code iat} may be from now, either way
   * @param replayEntries proofs remembered at most; when all places are taken by proofs that could
   *     still be replayed, new ones are refused with {@code overloaded}
   */
  public record DpopConfig(
      @Default("60s") @Bounds(min = "5s", max = "5m") Duration window,
      @Default("500000") @Bounds(min = "1000", max = "10000000") Integer replayEntries) {}

  /**
   * Explanations of refusals.
   *
   * @param keep at most so many
   * @param keepFor at most so long
   * @param queue waiting to be written at most; more are dropped and counted
   */
  public record ExplanationsConfig(
      @Default("10000") @Bounds(min = "1", max = "1000000") Integer keep,
      @Default("30d") @Bounds(min = "1h", max = "365d") Duration keepFor,
      @Default("1024") @Bounds(min = "1", max = "65536") Integer queue) {}

  /**
   * What the policy was asked and answered, kept for {@code strongroom grant replay}.
   *
   * @param keep at most so many; 0 for none
   * @param keepFor at most so long
   * @param queue waiting to be written at most; more are dropped and counted
   */
  public record DecisionsConfig(
      @Default("100000") @Bounds(min = "0", max = "10000000") Integer keep,
      @Default("30d") @Bounds(min = "1h", max = "365d") Duration keepFor,
      @Default("4096") @Bounds(min = "1", max = "65536") Integer queue) {}

  /**
   * @param drain how long open requests may take at a shutdown
   */
  public record ShutdownConfig(@Default("10s") @Bounds(min = "0s", max = "5m") Duration drain) {}
}
