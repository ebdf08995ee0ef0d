package dev.strongroom.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Collects the figures of one benchmark, prints them as a table and writes them as JSON. */
final class Report {
  private final String name;
  private final List<Result> results = new ArrayList<>();

  Report(String name) {
    this.name = name;
  }

  void add(Result result) {
    results.add(result);
    System.err.println("  " + row(result));
  }

  List<Result> results() {
    return List.copyOf(results);
  }

  /** Prints the table and writes {@code NAME.json} into the folder. */
  void finish(Path folder) throws IOException {
    System.out.println();
    System.out.printf(
        Locale.ROOT,
        "%-44s %-34s %-18s %10s %10s %10s %5s  %s%n",
        name + ": case",
        "subject",
        "metric",
        "median",
        "min",
        "max",
        "runs",
        "unit");
    for (Result result : results) {
      System.out.println(row(result));
    }
    Files.createDirectories(folder);
    write(folder.resolve(name + ".json"));
  }

  /** Writes the figures as JSON, without printing them. */
  void write(Path file) throws IOException {
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(file.toFile(), results);
  }

  private static String row(Result r) {
    return String.format(
        Locale.ROOT,
        "%-44s %-34s %-18s %10s %10s %10s %5d  %s",
        r.benchmarkCase(),
        r.subject(),
        r.metric(),
        figure(r.median()),
        figure(r.min()),
        figure(r.max()),
        r.runs(),
        r.unit());
  }

  private static String figure(double value) {
    return value >= 100
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%.3f", value);
  }
}
