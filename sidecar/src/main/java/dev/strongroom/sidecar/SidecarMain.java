package dev.strongroom.sidecar;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.delivery.agent.AgentProcess;

/**
 * Delivers a model, keeps its lease, and wipes it when the right ends. Writes one line of JSON for
 * each event to its standard output; exit codes are those of {@link
 * dev.strongroom.delivery.agent.ExitCode}.
 */
public final class SidecarMain {
  private SidecarMain() {}

  /**
   * @param arguments {@code --config FILE}, {@code --help} or {@code --version}
   */
  public static void main(String[] arguments) {
    AgentProcess process =
        new AgentProcess("strongroom-sidecar", DeliveryMode.SIDECAR, System.out, System.err);
    process.runAndExit(arguments);
  }
}
