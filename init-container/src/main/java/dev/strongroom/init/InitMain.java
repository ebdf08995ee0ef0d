package dev.strongroom.init;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.delivery.agent.AgentProcess;

/**
 * Delivers a model once and leaves. Nobody stays to wipe it, which is why the grant says {@code
 * init} and a policy can forbid it. Same configuration, output and exit codes as the sidecar.
 */
public final class InitMain {
  private InitMain() {}

  /**
   * @param arguments {@code --config FILE}, {@code --help} or {@code --version}
   */
  public static void main(String[] arguments) {
    AgentProcess process =
        new AgentProcess("strongroom-init", DeliveryMode.INIT, System.out, System.err);
    process.runAndExit(arguments);
  }
}
