package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.core.secret.ProcessHardening;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.pkcs11.broker.BrokerMain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts brokers: this program's classes and Java, hardened as this process is. Nothing secret is
 * in their arguments or their environment.
 *
 * @param environment all of it, as {@link ModuleEnvironment} makes it of this process' own
 */
record BrokerLauncher(Map<String, String> environment) {
  /** Keys and frames are small; a module's own memory is not on the heap. */
  private static final List<String> MEMORY = List.of("-XX:+UseSerialGC", "-Xms16m", "-Xmx64m");

  /** Nothing looks for crash files: what a crashed module leaves would hold keys. */
  private static final String NO_CRASH_FILE = "-XX:ErrorFile=/dev/null";

  /** With what the module of this configuration gets of this process' environment. */
  static BrokerLauncher of(KekConfig.Pkcs11 config) {
    return new BrokerLauncher(ModuleEnvironment.of(System.getenv(), config.moduleEnvironment()));
  }

  /**
   * Starts one.
   *
   * @param atEnd called once, when it has ended
   */
  BrokerConnection launch(Runnable atEnd) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ProcessHardening.LAUNCH_FLAGS);
    command.add(NO_CRASH_FILE);
    command.addAll(MEMORY);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(BrokerMain.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    return BrokerConnection.to(
        builder.redirectError(ProcessBuilder.Redirect.INHERIT).start(), atEnd);
  }
}
