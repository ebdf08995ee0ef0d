package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Lease;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Stops the consumer by a command of the operator's. Its exit status 0 means that the consumer has
 * ended. No shell is involved.
 */
public final class HookStop implements ConsumerStop {
  private final List<String> command;
  private final Duration bound;

  /**
   * @param command program and arguments
   * @param bound how long it may take before it is killed
   */
  public HookStop(List<String> command, Duration bound) {
    this.command = List.copyOf(command);
    this.bound = bound;
  }

  @Override
  public Lease.ConsumerEnd stop() {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue() == 0 ? Lease.ConsumerEnd.ENDED : Lease.ConsumerEnd.UNCONFIRMED;
      }
      process.destroyForcibly();
      return Lease.ConsumerEnd.UNCONFIRMED;
    } catch (IOException e) {
      return Lease.ConsumerEnd.UNCONFIRMED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Lease.ConsumerEnd.UNCONFIRMED;
    }
  }
}
