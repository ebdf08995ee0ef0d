package dev.strongroom.delivery.agent;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.secret.ProcessHardening;
import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.progress.JsonLines;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.progress.Terminal;
import dev.strongroom.delivery.progress.TerminalProgress;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** What both processes have in common: command line, hardening, signals, exit. */
public final class AgentProcess {
  private final String name;
  private final DeliveryMode mode;
  private final PrintStream out;
  private final PrintStream err;
  private final Thread main = Thread.currentThread();

  /**
   * @param name of the program, for its usage line
   */
  public AgentProcess(String name, DeliveryMode mode, PrintStream out, PrintStream err) {
    this.name = name;
    this.mode = mode;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the process and ends it with its exit code, also when that was SIGTERM's doing: a process
   * that was told to stop and did everything right exits with 0.
   *
   * @param arguments {@code --config FILE}
   */
  public void runAndExit(String[] arguments) {
    ExitCode code = run(arguments);
    out.flush();
    err.flush();
    Runtime.getRuntime().halt(code.status());
  }

  /**
   * Runs the process to its end.
   *
   * @param arguments {@code --config FILE}
   */
  public ExitCode run(String[] arguments) {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      err.println("usage: " + name + " --config FILE");
      return ExitCode.USAGE;
    }
    Progress progress =
        Terminal.isOutput()
            ? new TerminalProgress(out, System::nanoTime)
            : new JsonLines(out, InstantSource.system());
    try {
      return run(AgentConfigFile.read(Path.of(arguments[1])), progress);
    } catch (Problem e) {
      progress.on(new DeliveryEvent.Failed(e.code(), "" + e.getMessage()));
      return ExitCode.of(e.code());
    }
  }

  private ExitCode run(AgentConfig config, Progress progress) {
    ProcessHardening hardening = ProcessHardening.apply();
    CryptoProviders providers = CryptoProviders.install();
    progress.on(
        new DeliveryEvent.Started(
            providers.aesGcm(), providers.note() + "; " + hardening, config.modelVersion()));
    Agent agent = new Agent(config, mode, progress, startedAtNanos());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndWait(agent), "stop"));
    return agent.run();
  }

  // SIGTERM begins the runtime's shutdown and lets the main thread run on while its hooks do. The
  // hook waits for the main thread to end the process with its own exit code. It sets no bound of
  // its
  // own: stopping, wiping and acknowledging have theirs, and a wipe cut off here would leave
  // plaintext.
  private void stopAndWait(Agent agent) {
    agent.stop("the process was told to stop");
    try {
      main.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long startedAtNanos() {
    long before =
        ProcessHandle.current()
            .info()
            .startInstant()
            .map(start -> Duration.between(start, Instant.now()).toNanos())
            .orElse(0L);
    return System.nanoTime() - Math.max(0, before);
  }
}
