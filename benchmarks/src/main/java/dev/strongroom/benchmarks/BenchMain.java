package dev.strongroom.benchmarks;

import java.nio.file.Path;
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
  }

  private BenchMain() {}

  /** One benchmark: measures, and adds what it measured to the report. */
  interface Benchmark {
    void run(Path distribution, Path folder, Report report) throws Exception;
  }

  /**
   * @param arguments the packaged {@code strongroom} folder, the folder for results, and the names
   *     of benchmarks; all of them where none is named
   */
  public static void main(String[] arguments) throws Exception {
    Path distribution = Path.of(arguments[0]);
    Path results = Path.of(arguments[1]);
    List<String> names = List.of(arguments).subList(2, arguments.length);
    for (String name : names) {
      if (!BENCHMARKS.containsKey(name)) {
        System.err.println("no benchmark '" + name + "'; there are " + BENCHMARKS.keySet());
        System.exit(2);
      }
    }
    for (String name : names.isEmpty() ? List.copyOf(BENCHMARKS.keySet()) : names) {
      System.err.println("benchmark " + name);
      Report report = new Report(name);
      try (Scratch scratch = new Scratch()) {
        BENCHMARKS.get(name).run(distribution, scratch.folder(), report);
      }
      report.finish(results);
    }
  }
}
