package dev.strongroom.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs benchmarks by name. */
public final class BenchMain {
  private static final Map<String, Benchmark> BENCHMARKS = new LinkedHashMap<>();

  static {
    BENCHMARKS.put("delivery", new DeliveryBenchmark());
    BENCHMARKS.put("publish", new PublishBenchmark());
    BENCHMARKS.put("ready", new ReadyBenchmark());
    BENCHMARKS.put("grants", new GrantBenchmark());
    BENCHMARKS.put("heap", new HeapBenchmark());
    BENCHMARKS.put("attest", new AttestBenchmark());
    BENCHMARKS.put("kms", new KeyBackendBenchmark());
    BENCHMARKS.put("rotation", new RotationBenchmark(10_000, 1_000, "pkcs11"));
  }

  private BenchMain() {}

  /** One benchmark: measures, and adds what it measured to the report. */
  interface Benchmark {
    void run(Path distribution, Path folder, Report report) throws Exception;
  }

  /**
   * @param arguments the packaged {@code strongroom} folder, the folder for results, and the names
   *     of benchmarks; all of them where none is named. {@code --versions N}, {@code --published N}
   *     and {@code --to BACKEND} are for the rotation
   */
  public static void main(String[] arguments) throws Exception {
    Path distribution = Path.of(arguments[0]);
    Path results = Path.of(arguments[1]);
    List<String> names = new ArrayList<>(List.of(arguments).subList(2, arguments.length));
    int versions = Integer.parseInt(option(names, "--versions", "10000"));
    int published = Integer.parseInt(option(names, "--published", "1000"));
    String to = option(names, "--to", "pkcs11");
    BENCHMARKS.put("rotation", new RotationBenchmark(versions, published, to));
    if (!BENCHMARKS.keySet().containsAll(names)) {
      System.err.println("there are the benchmarks " + BENCHMARKS.keySet());
      System.exit(2);
    }
    for (Map.Entry<String, Benchmark> each : BENCHMARKS.entrySet()) {
      if (names.isEmpty() || names.contains(each.getKey())) {
        measure(each.getKey(), each.getValue(), distribution, results);
      }
    }
  }

  private static String option(List<String> arguments, String name, String usual) {
    int at = arguments.indexOf(name);
    if (at < 0 || at + 1 == arguments.size()) {
      return usual;
    }
    arguments.remove(at);
    return arguments.remove(at);
  }

  private static void measure(String name, Benchmark benchmark, Path distribution, Path results)
      throws Exception {
    System.err.println("benchmark " + name);
    Report report = new Report(name);
    try (Scratch scratch = new Scratch()) {
      benchmark.run(distribution, scratch.folder(), report);
    }
    report.finish(results);
  }
}
