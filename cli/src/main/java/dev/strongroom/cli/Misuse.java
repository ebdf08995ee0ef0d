package dev.strongroom.cli;

import dev.strongroom.cli.output.Output;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells what is wrong with the arguments, in two or three lines. */
final class Misuse implements IParameterExceptionHandler {
  private final Strongroom root;

  Misuse(Strongroom root) {
    this.root = root;
  }

  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String message = String.valueOf(e.getMessage());
    if (root.json() || List.of(arguments).contains("--json")) {
      command.getErr().println(Output.oneLine(Map.of("code", "misuse", "message", message)));
    } else {
      command.getErr().println("misuse: " + message);
      UnmatchedArgumentException.printSuggestions(e, command.getErr());
      command.getErr().println("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
    }
    return ExitCode.MISUSE.value();
  }
}
