package dev.strongroom.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.grant.VerifiedGrant;
import dev.strongroom.testkit.stage.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocketFactory;

/**
 * The life of a KEK, from a keyset file to another backend and through a rotation in each, while
 * clients take grants: nothing fails, every version opens at the end, and what was wrapped under an
 * ended KEK version opens no more.
 */
public final class RotationRun {
  private static final String SERVICE = "strongroom-keyservice";
  private static final int OPENERS = 8;
  private static final int WARM_UP = 2_000;
  private static final long PATIENCE_NANOS = 60_000_000_000L;
  private static final long POLL_NANOS = 100_000_000;
  private static final String FORMER_FILE = "formerKeks: [{tink: {}}]\n";

  private final Settings settings;
  private final Stage stage;
  private final Path folder;
  private final Consumer<Result> report;
  private final RotationService service;
  private long grants;
  private long leastDuring = Long.MAX_VALUE;
  private long failed;
  private final List<String> failures = new ArrayList<>();
  private final Map<String, Integer> refusals = new ConcurrentHashMap<>();

  /**
   * How it goes.
   *
   * @param versions how many there are
   * @param published of these, by {@code strongroom publish}; the others are put into the store
   * @param to the backend to move to: pkcs11 or vault
   * @param quietSeconds how long grants are measured before and after each act
   */
  public record Settings(int versions, int published, String to, double quietSeconds) {}

  /**
   * What came of it.
   *
   * @param grants taken before, during and after the acts
   * @param leastDuring how many were taken during the act that had the fewest
   * @param failed of these; must be 0
   * @param failures the first of them, as they were answered
   * @param opened how many versions opened at the end, in what is left: all
   * @param oldOpened how many versions opened in copies of the store from before, after the KEK
   *     version of the copy was ended: none
   * @param refusals how often which code was the answer, here and in the copies
   */
  public record Outcome(
      long grants,
      long leastDuring,
      long failed,
      List<String> failures,
      int opened,
      int oldOpened,
      Map<String, Integer> refusals) {
    public Outcome {
      failures = List.copyOf(failures);
      refusals = Map.copyOf(refusals);
    }

    /** Whether grants went on, all versions open, and none with what was ended. */
    boolean isWhole(int versions) {
      return leastDuring > 0 && failed == 0 && opened == versions && oldOpened == 0;
    }
  }

  /**
   * @param stage its key service has the default KEK, and has published nothing
   * @param folder an empty folder
   * @param report is told each figure
   */
  public RotationRun(Settings settings, Stage stage, Path folder, Consumer<Result> report)
      throws IOException {
    this.settings = settings;
    this.stage = stage;
    this.folder = folder;
    this.report = report;
    this.service = new RotationService(stage);
  }

  /** Does all of it. */
  public Outcome run() throws Exception {
    List<ModelVersion> versions = seed();
    try (KekHome home =
        KekHome.in(settings.to(), Files.createDirectories(folder.resolve("backend")))) {
      return run(versions, home);
    }
  }

  private Outcome run(List<ModelVersion> versions, KekHome home) throws Exception {
    String alone = "kek:\n" + home.yaml();
    Path underFirst = service.copy("copy-of-first");
    act("rewrap, tink", versions, this::rotateAndRewrap);
    Path underSecond = service.copy("copy-of-second");
    service.disableFormerKeysOfFile();
    Files.copy(
        stage.dataDir().resolve("kek.json"),
        underFirst.resolve("kek.json"),
        StandardCopyOption.REPLACE_EXISTING);
    int old = opened(underFirst, "", home, versions);

    service.restart(alone + FORMER_FILE, home.environment());
    act("migrate, tink to " + home.backend(), versions, service::migrate);
    Files.delete(stage.dataDir().resolve("kek.json"));
    service.restart(alone, home.environment());
    Path underThird = service.copy("copy-of-third");
    act("rewrap, " + home.backend(), versions, this::rotateAndRewrap);
    home.endFirstVersion();
    service.restart(alone, home.environment());
    int opened = opened(versions);
    Files.delete(underSecond.resolve("kek.json"));
    old += opened(underSecond, alone, home, versions);
    old += opened(underThird, alone, home, versions);
    return new Outcome(grants, leastDuring, failed, failures, opened, old, refusals);
  }

  private List<ModelVersion> seed() throws Exception {
    Path model = Files.createDirectories(folder.resolve("model"));
    Files.writeString(model.resolve("model.safetensors"), "a small model");
    List<ModelVersion> versions = VersionSeeder.names(settings.versions());
    List<ModelVersion> published =
        versions.subList(0, Math.min(settings.published(), settings.versions()));
    long begin = System.nanoTime();
    new VersionSeeder(stage, model, folder.resolve("journals")).publish(published);
    report.accept(
        Result.of("publish, 8 at once", SERVICE, "rate", "1/s", published.size() / seconds(begin)));
    if (published.size() < versions.size()) {
      List<ModelVersion> others = versions.subList(published.size(), versions.size());
      StoreSeeder seeder = new StoreSeeder(stage, TrustFile.read(stage.trustBundle()));
      service.whileStopped(() -> seeder.put(published.getFirst(), others));
    }
    return versions;
  }

  private long rotateAndRewrap() {
    service.rotate();
    return service.rewrap();
  }

  /** Moves data keys. */
  private interface Act {
    long move();
  }

  /** Does it while clients take grants, and looks at those before, during and after it. */
  private void act(String name, List<ModelVersion> versions, Act act) throws IOException {
    long before;
    long begin;
    long end;
    long after;
    long moved;
    RotationLoad load = RotationLoad.begin(stage, versions);
    try (load) {
      load.await(Math.min(settings.versions(), WARM_UP));
      before = System.nanoTime();
      load.awaitSeconds(settings.quietSeconds());
      begin = System.nanoTime();
      moved = act.move();
      end = System.nanoTime();
      load.awaitSeconds(settings.quietSeconds());
      after = System.nanoTime();
    }
    requireAllMoved(name, moved);
    grants += load.taken();
    RotationLoad.Window during = load.between(begin, end);
    leastDuring = Math.min(leastDuring, during.latencies().length);
    failed += load.failed();
    failures.addAll(load.failures());
    // Told at once: what comes after may not come to its end.
    load.failures().forEach(failure -> System.err.println("  failed, " + name + ": " + failure));
    report.accept(
        Result.of(name, SERVICE, "data keys moved", "1/s", moved / ((end - begin) / 1e9)));
    tell(name + ": before", load.between(before, begin));
    tell(name + ": during", during);
    tell(name + ": after", load.between(end, after));
    report.accept(Result.count(name, SERVICE, "failed grants", load.failed()));
    report.accept(
        Result.of(
            name,
            SERVICE,
            "resident, most",
            "MiB",
            ProcessMemory.mostMebibytes(stage.keyService().pid())));
  }

  private void requireAllMoved(String name, long moved) {
    JsonNode keys = service.keys();
    if (moved != settings.versions() || keys.path("dataKeys").size() != 1) {
      throw new IllegalStateException(
          name + " moved " + moved + " of " + settings.versions() + ": " + keys);
    }
  }

  private void tell(String name, RotationLoad.Window window) {
    report.accept(Result.of(name, SERVICE, "grants", "1/s", window.rate()));
    report.accept(Result.of(name, SERVICE, "latency p50", "ms", window.millis(0.50)));
    report.accept(Result.of(name, SERVICE, "latency p99", "ms", window.millis(0.99)));
    report.accept(Result.of(name, SERVICE, "latency, most", "ms", window.millis(1)));
  }

  /** Starts the service on a copy of its data, and tries every version. */
  private int opened(Path copy, String kek, KekHome home, List<ModelVersion> versions)
      throws Exception {
    if (service.restartOn(copy, kek, home.environment())) {
      return opened(versions);
    }
    refusals.merge("the service does not start", 1, Integer::sum);
    return 0;
  }

  /** How many versions open to the data key that their manifest was signed for. */
  private int opened(List<ModelVersion> versions) throws Exception {
    SSLSocketFactory tls = TlsTrust.of(stage.certificate()).getSocketFactory();
    AtomicInteger next = new AtomicInteger();
    List<Opener> openers = new ArrayList<>();
    // Made before any begins: each writes the file of the token that all read.
    for (int i = 0; i < OPENERS; i++) {
      openers.add(new Opener(versions, next, tls));
    }
    int opened = 0;
    try (ExecutorService executor = Executors.newFixedThreadPool(OPENERS)) {
      for (Future<Integer> each : executor.invokeAll(openers)) {
        opened += each.get();
      }
    }
    return opened;
  }

  /** Opens one version after the other, as long as there are any left; how many did open. */
  private final class Opener implements Callable<Integer> {
    private final List<ModelVersion> versions;
    private final AtomicInteger next;
    private final GrantLoad load;
    private int at;

    Opener(List<ModelVersion> versions, AtomicInteger next, SSLSocketFactory tls)
        throws IOException {
      this.versions = versions;
      this.next = next;
      this.load = new GrantLoad(stage, tls, () -> versions.get(at));
    }

    @Override
    public Integer call() throws IOException {
      int opened = 0;
      try (load) {
        for (at = next.getAndIncrement(); at < versions.size(); at = next.getAndIncrement()) {
          opened += opens(load) ? 1 : 0;
        }
      }
      return opened;
    }
  }

  private boolean opens(GrantLoad load) throws IOException {
    if (!taken(load)) {
      return false;
    }
    try (VerifiedGrant grant = load.openLast();
        VersionKey key = VersionKey.of(grant.dataKey())) {
      Manifest manifest = grant.manifest().manifest();
      for (ManifestFile file : manifest.files()) {
        if (!key.commitment(manifest.contextOf(file)).equals(file.commitment())) {
          return false;
        }
      }
      return true;
    }
  }

  // A backend that has just been opened may be behind for a moment; that says nothing of the key.
  private boolean taken(GrantLoad load) throws IOException {
    long patience = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      try {
        load.take();
        return true;
      } catch (GrantLoad.Refused e) {
        boolean passes = e.code().equals("key-backend-unavailable");
        if (!passes || System.nanoTime() > patience) {
          refusals.merge(e.code(), 1, Integer::sum);
          return false;
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }
}
