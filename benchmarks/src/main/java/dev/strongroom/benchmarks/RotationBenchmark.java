package dev.strongroom.benchmarks;

import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Trees;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Rotation, rewrap and migration of the KEK of many versions, while eight clients take grants: see
 * {@link RotationRun}. Fails when a grant does, when a version does not open at the end, or when
 * one opens with what was ended.
 */
final class RotationBenchmark implements BenchMain.Benchmark {
  private static final double QUIET_SECONDS = 5;

  private final int versions;
  private final int published;
  private final String to;

  /**
   * @param published how many of the versions are published by the product's publisher
   * @param to the backend to migrate to: pkcs11 or vault
   */
  RotationBenchmark(int versions, int published, String to) {
    this.versions = versions;
    this.published = published;
    this.to = to;
  }

  @Override
  public void run(Path distribution, Path folder, Report report) throws Exception {
    System.err.println("  crypto in this process: " + CryptoProviders.install());
    Path disk = Files.createTempDirectory("strongroom-bench-");
    try (Stage stage =
        Stage.open(distribution, disk.resolve("stage"), Stage.Settings.USUAL.fast().leases(3600))) {
      RotationRun.Outcome outcome =
          new RotationRun(
                  new RotationRun.Settings(versions, published, to, QUIET_SECONDS),
                  stage,
                  folder,
                  report::add)
              .run();
      String all = versions + " versions";
      report.add(Result.count(all, "all acts", "grants taken", outcome.grants()));
      report.add(Result.count(all, "all acts", "grants failed", outcome.failed()));
      report.add(Result.count(all, "what is left", "versions that open", outcome.opened()));
      report.add(Result.count(all, "copies, KEK ended", "versions that open", outcome.oldOpened()));
      outcome
          .refusals()
          .forEach(
              (code, times) -> report.add(Result.count(all, "copies, KEK ended", code, times)));
      if (!outcome.isWhole(versions)) {
        throw new IllegalStateException("this must not be: " + outcome);
      }
    } finally {
      Trees.remove(disk);
    }
  }
}
