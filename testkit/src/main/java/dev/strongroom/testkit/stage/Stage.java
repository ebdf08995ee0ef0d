package dev.strongroom.testkit.stage;

import dev.strongroom.testkit.issuer.TestIssuer;
import dev.strongroom.testkit.objectstore.S3Endpoint;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.process.FreePorts;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A key service with object storage, an issuer of tokens and a policy, as real processes out of the
 * packaged distribution, on free ports of the loopback interface. Closing it ends them all.
 */
public final class Stage implements AutoCloseable {
  public static final String ISSUER = "https://issuer.test";
  public static final String AUDIENCE = "strongroom";

  /** May publish every model of {@code acme}. */
  public static final String PUBLISHER = "publisher";

  /** May decrypt every model of {@code acme}. */
  public static final String INFERENCE = "inference";

  /** May do nothing. */
  public static final String STRANGER = "stranger";

  /** May revoke and audit. */
  public static final String OPERATOR = "operator";

  static final Duration START = Duration.ofSeconds(60);

  private final Path distribution;
  private final StageFiles files;
  private final Settings settings;
  private final TestIssuer issuer;
  private final S3Endpoint storage;
  private final int port = FreePorts.next();
  private final int managementPort = FreePorts.next();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private Map<String, String> ofKeyService = Map.of();
  private @Nullable ChildProcess keyService;

  /**
   * How the stage is set.
   *
   * @param fastStorage versitygw where it can be had; S3Proxy otherwise
   * @param leaseSeconds time to live of leases
   * @param policy added to the policy document; for conditions
   * @param limits requests per second for each identity, model and address
   * @param training where programs write their start-up caches; null when they use them
   * @param kek where the KEK is
   */
  public record Settings(
      boolean fastStorage,
      int leaseSeconds,
      String policy,
      int limits,
      @Nullable Path training,
      StageKek kek) {
    public static final Settings USUAL = new Settings(false, 60, "", 100_000, null, StageKek.FILE);

    /** With the fastest object store that can be had here. */
    public Settings fast() {
      return new Settings(true, leaseSeconds, policy, limits, training, kek);
    }

    /** With leases of this length. */
    public Settings leases(int seconds) {
      return new Settings(fastStorage, seconds, policy, limits, training, kek);
    }

    /** With more YAML at the end of the policy. */
    public Settings policy(String yaml) {
      return new Settings(fastStorage, leaseSeconds, yaml, limits, training, kek);
    }

    /** Programs write their start-up caches into this folder. */
    public Settings training(Path cache) {
      return new Settings(fastStorage, leaseSeconds, policy, limits, cache, kek);
    }

    /** With the KEK there. */
    public Settings kek(StageKek there) {
      return new Settings(fastStorage, leaseSeconds, policy, limits, training, there);
    }
  }

  private Stage(Path distribution, Path folder, Settings settings, S3Endpoint storage) {
    this.distribution = distribution;
    this.files = new StageFiles(folder);
    this.settings = settings;
    this.storage = storage;
    this.ofKeyService = settings.kek().environment();
    this.issuer = TestIssuer.create(files.directory("issuer"), ISSUER, InstantSource.system());
  }

  /**
   * Sets the stage: object storage, issuer, publisher key, configuration; then starts the key
   * service.
   *
   * @param distribution the packaged {@code strongroom} folder
   * @param folder an empty or absent folder for all files
   */
  public static Stage open(Path distribution, Path folder, Settings settings) {
    List<AutoCloseable> servers = new ArrayList<>();
    S3Endpoint storage =
        StageStorage.start(new StageFiles(folder).objects(), settings.fastStorage(), servers);
    Stage stage = new Stage(distribution.toAbsolutePath(), folder, settings, storage);
    stage.opened.addAll(servers);
    try {
      stage.makePublisherKey();
      stage.configure();
      stage.startKeyService();
      return stage;
    } catch (RuntimeException | Error e) {
      stage.close();
      throw e;
    }
  }

  private void makePublisherKey() {
    Run.of(List.of(program("strongroom"), "keygen", "publisher", publisherKey().toString()), java())
        .expect(0);
  }

  private void configure() {
    new StageConfiguration(files, settings, storage, issuer.jwks(), port, managementPort).write();
  }

  /** Starts the key service, again after {@link #killKeyService} too; returns when it is ready. */
  public void startKeyService() {
    ChildProcess service =
        ChildProcess.start(
            List.of(program("strongroom-keyservice"), "--config", config().toString()),
            keyServiceEnvironment());
    keyService = service;
    opened.add(service);
    service.awaitLine("\"listening\"", START);
  }

  /** What the key service finds in its environment from its next start on. */
  public void keyServiceEnvironment(Map<String, String> variables) {
    ofKeyService = Map.copyOf(variables);
  }

  private Map<String, String> keyServiceEnvironment() {
    Map<String, String> all = new HashMap<>(environment());
    all.putAll(ofKeyService);
    return all;
  }

  /** Ends the key service as a crash would. */
  public void killKeyService() {
    keyService().kill();
  }

  /** Ends the key service in good order. */
  public void stopKeyService() {
    keyService().terminate();
    keyService().awaitExit(START);
  }

  public ChildProcess keyService() {
    if (keyService == null) {
      throw new IllegalStateException("the key service has not been started");
    }
    return keyService;
  }

  /**
   * Runs the command line to its end.
   *
   * @param subject whose token it uses
   */
  public Run strongroom(String subject, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program("strongroom")));
    command.addAll(List.of(arguments));
    return Run.of(command, withConnection(subject));
  }

  /** Starts the command line and returns at once. */
  public ChildProcess start(String subject, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program("strongroom")));
    command.addAll(List.of(arguments));
    ChildProcess started = ChildProcess.start(command, withConnection(subject));
    opened.add(started);
    return started;
  }

  /** Publishes a directory as the publisher. */
  public Run publish(Path directory, String model, String version) {
    return strongroom(
        PUBLISHER,
        "publish",
        directory.toString(),
        "--model",
        model,
        "--version",
        version,
        "--key",
        publisherKey().toString());
  }

  /**
   * A sidecar, or an init container, about to be started for a workload.
   *
   * @param name of its folder
   * @param subject whose token it uses
   */
  public Workload workload(String name, String subject, String model, String version) {
    return new Workload(this, files.directory(name), token(subject), model, version);
  }

  /** The connection options of the command line, as a person would set them. */
  private Map<String, String> withConnection(String subject) {
    Map<String, String> environment = new HashMap<>(environment());
    environment.put("STRONGROOM_SERVICE", origin());
    environment.put("STRONGROOM_TRUST", trustBundle().toString());
    environment.put("STRONGROOM_CA", certificate().toString());
    environment.put("STRONGROOM_TOKEN_FILE", token(subject).toString());
    environment.put("XDG_STATE_HOME", folder().resolve("state").toString());
    return environment;
  }

  Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(java());
    if (settings.training() != null) {
      environment.put("STRONGROOM_TRAIN", settings.training().toString());
    }
    return environment;
  }

  private static Map<String, String> java() {
    return Map.of("STRONGROOM_JDK", System.getProperty("java.home"));
  }

  String program(String name) {
    return distribution.resolve("bin").resolve(name).toString();
  }

  /** The file with a fresh token of this subject, good for an hour. */
  public Path token(String subject) {
    return StageFiles.write(
        files.directory("tokens").resolve(subject),
        issuer.mint(subject, AUDIENCE, Duration.ofHours(1)),
        "rw-------");
  }

  public S3Endpoint storage() {
    return storage;
  }

  public String origin() {
    return origin(port);
  }

  static String origin(int port) {
    return "https://127.0.0.1:" + port;
  }

  public int managementPort() {
    return managementPort;
  }

  public Path folder() {
    return files.folder();
  }

  /** Where the objects lie: ciphertext only. */
  public Path objects() {
    return files.objects();
  }

  public Path config() {
    return files.config();
  }

  public Path dataDir() {
    return files.dataDir();
  }

  public Path log() {
    return files.log();
  }

  public Path trustBundle() {
    return files.trustBundle();
  }

  public Path certificate() {
    return files.certificate();
  }

  public Path publisherKey() {
    return files.publisherKey();
  }

  /** Takes a process on: it ends with the stage. */
  public <P extends ChildProcess> P adopt(P process) {
    opened.add(process);
    return process;
  }

  /** Ends every process, the last started first. */
  @Override
  public void close() {
    for (AutoCloseable each : opened.reversed()) {
      try {
        each.close();
      } catch (Exception e) {
        throw new IllegalStateException("a process of the stage does not end", e);
      }
    }
  }
}
