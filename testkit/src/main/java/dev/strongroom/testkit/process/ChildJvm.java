package dev.strongroom.testkit.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A main class in a JVM of its own, on the class path of this one. */
public final class ChildJvm extends ChildProcess {

  private ChildJvm(Process process) {
    super(process);
  }

  /** Starts a main with its arguments. */
  public static ChildJvm start(Class<?> main, String... arguments) {
    return start(main, List.of(), Map.of(), List.of(arguments));
  }

  /**
   * Starts a main.
   *
   * @param jvmOptions for example {@code -Xmx64m}
   * @param environment added to this process' own
   */
  public static ChildJvm start(
      Class<?> main,
      List<String> jvmOptions,
      Map<String, String> environment,
      List<String> arguments) {
    return new ChildJvm(launch(command(main, jvmOptions, arguments), environment));
  }

  /** Starts a main under {@code nohup}: it ignores SIGHUP. */
  public static ChildJvm startUnderNohup(Class<?> main, List<String> arguments) {
    List<String> command = command(main, List.of(), arguments);
    command.addFirst("nohup");
    return new ChildJvm(launch(command, Map.of()));
  }

  private static List<String> command(
      Class<?> main, List<String> jvmOptions, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(jvmOptions);
    command.add("-cp");
    command.add(classPath());
    command.add(main.getName());
    command.addAll(arguments);
    return command;
  }

  // Surefire may start with a jar that only points at the real class path.
  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }
}
