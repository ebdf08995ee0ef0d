package dev.strongroom.cli;

import picocli.CommandLine;

/** The entry of the command line. */
public final class StrongroomMain {
  private static final int WIDTH = 100;

  private StrongroomMain() {}

  public static void main(String[] arguments) {
    System.exit(run(Environment.ofProcess(), arguments));
  }

  /**
   * Runs one command.
   *
   * @return how it ended: see {@link ExitCode}
   */
  public static int run(Environment environment, String... arguments) {
    Strongroom root = new Strongroom(environment);
    CommandLine line = new CommandLine(root);
    line.setOut(environment.out());
    line.setErr(environment.err());
    line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    line.setUsageHelpWidth(WIDTH);
    line.setExecutionExceptionHandler(new Failures(root));
    line.setParameterExceptionHandler(new Misuse(root));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    int exit = line.execute(arguments);
    environment.out().flush();
    environment.err().flush();
    return exit;
  }
}
