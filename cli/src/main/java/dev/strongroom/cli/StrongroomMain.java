package dev.strongroom.cli;

import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

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
    line.setExecutionStrategy(StrongroomMain::runKnown);
    int exit = line.execute(spelledOut(arguments));
    environment.out().flush();
    environment.err().flush();
    return exit;
  }

  // 'help COMMAND' is 'COMMAND --help'.
  private static String[] spelledOut(String... arguments) {
    if (arguments.length == 0 || !arguments[0].equals("help")) {
      return arguments;
    }
    String[] spelled = Arrays.copyOfRange(arguments, 1, arguments.length + 1);
    spelled[arguments.length - 1] = "--help";
    return spelled;
  }

  // picocli passes over what it does not know where help is asked for.
  private static int runKnown(ParseResult parsed) {
    for (ParseResult level = parsed; level != null; level = level.subcommand()) {
      if (!level.unmatched().isEmpty()) {
        throw new UnmatchedArgumentException(level.commandSpec().commandLine(), level.unmatched());
      }
      if (level.hasSubcommand()) {
        requireNoneOfItsOwn(level);
      }
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  // The last command alone runs: 'revoke --dry-run lift' would lift, and say nothing of it.
  private static void requireNoneOfItsOwn(ParseResult level) {
    for (OptionSpec option : level.matchedOptions()) {
      if (option.scopeType() != ScopeType.INHERIT) {
        CommandLine command = level.commandSpec().commandLine();
        throw new ParameterException(
            command,
            "'"
                + option.longestName()
                + "' is an option of '"
                + level.commandSpec().qualifiedName()
                + "' itself; what '"
                + level.subcommand().commandSpec().name()
                + "' takes comes after it");
      }
    }
  }
}
