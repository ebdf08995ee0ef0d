package dev.strongroom.benchmarks;

import java.time.Duration;

/** CPU time of a process, user and system together. */
final class ProcessCpu {
  private ProcessCpu() {}

  static double seconds(long pid) {
    return ProcessHandle.of(pid)
            .flatMap(process -> process.info().totalCpuDuration())
            .orElse(Duration.ZERO)
            .toNanos()
        / 1e9;
  }
}
