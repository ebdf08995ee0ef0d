package dev.strongroom.benchmarks;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Unwraps and grants per second with each key backend, on the real components, beside what the
 * component itself gives in the same run. Each backend is measured in a JVM of its own, so that
 * none is compiled for another.
 */
final class KeyBackendBenchmark implements BenchMain.Benchmark {

  @Override
  public void run(Path distribution, Path folder, Report report) throws Exception {
    for (KeyBackendStage.Kind kind : KeyBackendStage.Kind.values()) {
      Path own = Files.createDirectory(folder.resolve(kind.backend()));
      Path results = own.resolve("results.json");
      start(distribution, own, kind, results);
      for (Result each :
          new ObjectMapper().readValue(results.toFile(), new TypeReference<List<Result>>() {})) {
        report.add(each);
      }
    }
  }

  private static void start(Path distribution, Path folder, KeyBackendStage.Kind kind, Path results)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(KeyBackendMain.class.getName());
    command.addAll(
        List.of(kind.backend(), distribution.toString(), folder.toString(), results.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().putAll(environment(folder));
    int exit = builder.start().waitFor();
    if (exit != 0) {
      throw new IOException("the measurement of " + kind.backend() + " ended with " + exit);
    }
  }

  // What SoftHSM and the AWS SDK read; a JVM cannot change its own.
  private static Map<String, String> environment(Path folder) {
    return Map.of(
        "SOFTHSM2_CONF",
        folder.resolve("softhsm2.conf").toString(),
        "AWS_ACCESS_KEY_ID",
        "bench-access-key",
        "AWS_SECRET_ACCESS_KEY",
        "bench-secret");
  }
}
