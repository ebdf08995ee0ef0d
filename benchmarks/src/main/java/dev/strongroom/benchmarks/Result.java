package dev.strongroom.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Arrays;

/**
 * One measured figure.
 *
 * @param benchmarkCase what was done, for example {@code delivery 1 GiB}
 * @param subject who did it: {@code strongroom}, or what it is compared with
 * @param metric what was measured
 * @param unit of median, min and max
 * @param runs how many counted runs stand behind it
 */
@JsonPropertyOrder({"case", "subject", "metric", "unit", "median", "min", "max", "runs"})
public record Result(
    @JsonProperty("case") String benchmarkCase,
    String subject,
    String metric,
    String unit,
    double median,
    double min,
    double max,
    int runs) {

  /** A number of something. */
  static Result count(String benchmarkCase, String subject, String metric, long number) {
    return of(benchmarkCase, subject, metric, "1", (double) number);
  }

  /** The figure of these runs. */
  static Result of(
      String benchmarkCase, String subject, String metric, String unit, double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Result(
        benchmarkCase,
        subject,
        metric,
        unit,
        median,
        sorted[0],
        sorted[sorted.length - 1],
        sorted.length);
  }
}
