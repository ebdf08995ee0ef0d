package dev.strongroom.benchmarks;

import dev.strongroom.benchmarks.KeyBackendStage.Callers;
import dev.strongroom.benchmarks.KeyBackendStage.RawUnwrap;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.KeyBackends;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.stage.Stage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;

/** Measures one key backend; see {@link KeyBackendBenchmark}. */
public final class KeyBackendMain {
  private static final int[] CALLERS = {1, 8, 32};
  private static final int ROUNDS = 9;
  private static final double ROUND_SECONDS = 0.45;
  private static final double REHEARSAL_SECONDS = 10;
  private static final double WARM_UP_SECONDS = 3;
  private static final double SHORT_WARM_UP_SECONDS = 0.5;
  private static final int GRANT_ROUNDS = 3;
  private static final int CONNECTIONS = 32;
  private static final long GRANT_NANOS = 2_500_000_000L;
  private static final String MODEL = "acme/small";

  private final String backend;
  private final Report report;

  private KeyBackendMain(String backend, Report report) {
    this.backend = backend;
    this.report = report;
  }

  /**
   * @param arguments the backend, the packaged {@code strongroom} folder, a folder for files, and
   *     the file for results
   */
  public static void main(String[] arguments) throws Exception {
    System.err.println(
        "  " + arguments[0] + ", crypto in this process: " + CryptoProviders.install());
    Path folder = Path.of(arguments[2]);
    Report report = new Report("kms");
    KeyBackendMain measurement = new KeyBackendMain(arguments[0], report);
    KeyBackendStage.Kind kind = KeyBackendStage.Kind.valueOf(arguments[0].toUpperCase(Locale.ROOT));
    try (KeyBackendStage stage = kind.start(folder)) {
      measurement.unwraps(stage);
      measurement.grants(stage, Path.of(arguments[1]), folder);
    }
    report.write(Path.of(arguments[3]));
    System.exit(0); // A module may have left threads.
  }

  private void unwraps(KeyBackendStage stage) throws Exception {
    SecureRandom random = new SecureRandom();
    WrapContext context =
        new WrapContext(
            new ModelVersion(new ModelName(MODEL), new VersionId("1")),
            DataKeyId.random(random),
            null);
    try (KeyWrapper kek =
            KeyBackends.openAll(
                stage.config(), List.of(), Map.of(), random, new SimpleMeterRegistry());
        SecretBytes dataKey = SecretBytes.random(KeyWrapper.DATA_KEY_BYTES, random)) {
      WrappedKey wrapped = kek.wrap(dataKey, context);
      List<RawUnwrap> raw = stage.raw(wrapped, context);
      rehearse(stage.rehearsal(), wrapped, context);
      Callers ours = () -> () -> unwrap(kek, wrapped, context);
      warmUp(ours, raw, 8, WARM_UP_SECONDS);
      for (int callers : CALLERS) {
        compare(ours, raw, callers);
      }
    }
  }

  private static void rehearse(
      Optional<KekConfig> rehearsal, WrappedKey wrapped, WrapContext context) throws Exception {
    if (rehearsal.isPresent()) {
      try (KeyWrapper kek =
          KeyBackends.openAll(
              rehearsal.get(),
              List.of(),
              Map.of(),
              new SecureRandom(),
              new SimpleMeterRegistry())) {
        Callers callers = () -> () -> unwrap(kek, wrapped, context);
        new UnwrapRounds(1).run(callers, 2, REHEARSAL_SECONDS);
      }
    }
  }

  private static void unwrap(KeyWrapper kek, WrappedKey wrapped, WrapContext context)
      throws IOException {
    try (SecretBytes key = kek.unwrap(wrapped, context)) {
      if (key.size() != KeyWrapper.DATA_KEY_BYTES) {
        throw new IOException("that is no data key");
      }
    }
  }

  private static void warmUp(Callers ours, List<RawUnwrap> raw, int callers, double seconds)
      throws Exception {
    new UnwrapRounds(1).run(ours, callers, seconds);
    for (RawUnwrap each : raw) {
      new UnwrapRounds(1).run(each.load(), callers, seconds);
    }
  }

  /** In turns, each first as often as the other. */
  private void compare(Callers ours, List<RawUnwrap> raw, int callers) throws Exception {
    warmUp(ours, raw, callers, SHORT_WARM_UP_SECONDS);
    UnwrapRounds our = new UnwrapRounds(ROUNDS);
    List<UnwrapRounds> their = new ArrayList<>();
    raw.forEach(each -> their.add(new UnwrapRounds(ROUNDS)));
    for (int round = 0; round < ROUNDS; round++) {
      if (round % 2 == 0) {
        our.run(ours, callers, ROUND_SECONDS);
      }
      for (int i = 0; i < raw.size(); i++) {
        their.get(i).run(raw.get(i).load(), callers, ROUND_SECONDS);
      }
      if (round % 2 == 1) {
        our.run(ours, callers, ROUND_SECONDS);
      }
    }
    String what = backend + ", unwraps, " + callers + (callers == 1 ? " caller" : " callers");
    our.report(report, what, "strongroom");
    for (int i = 0; i < raw.size(); i++) {
      their.get(i).report(report, what, raw.get(i).subject());
    }
    for (int i = 0; i < raw.size(); i++) {
      String ratio = "strongroom / " + raw.get(i).subject();
      report.add(Result.of(what, ratio, "ratio", "1", our.ratioTo(their.get(i))));
    }
  }

  private void grants(KeyBackendStage backendStage, Path distribution, Path folder)
      throws Exception {
    Stage.Settings settings = Stage.Settings.USUAL.leases(3600);
    double[] rate = new double[GRANT_ROUNDS];
    double[] p99 = new double[GRANT_ROUNDS];
    try (Stage stage = Stage.open(distribution, folder.resolve("stage"), settings)) {
      // Nothing has been published yet: the KEK may still be another.
      stage.stopKeyService();
      Files.writeString(stage.config(), backendStage.yaml(), StandardOpenOption.APPEND);
      stage.startKeyService();
      stage.publish(Scratch.randomModel(folder.resolve("model"), 1 << 20), MODEL, "1").expect(0);
      SSLSocketFactory tls = TlsTrust.of(stage.certificate()).getSocketFactory();
      GrantBenchmark.round(stage, tls, CONNECTIONS, 2 * GRANT_NANOS); // warm-up of both sides
      for (int i = 0; i < GRANT_ROUNDS; i++) {
        GrantBenchmark.Round round = GrantBenchmark.round(stage, tls, CONNECTIONS, GRANT_NANOS);
        rate[i] = round.latencies().length / round.seconds();
        p99[i] = round.millis(0.99);
      }
      stage.stopKeyService();
    }
    String what = backend + ", grants, " + CONNECTIONS + " connections";
    report.add(Result.of(what, "strongroom-keyservice", "rate", "1/s", rate));
    report.add(Result.of(what, "strongroom-keyservice", "latency p99", "ms", p99));
  }
}
