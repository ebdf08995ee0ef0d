package dev.strongroom.cli;

import dev.strongroom.attestation.AttestationException;
import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Tells how a command failed: its stable code, what happened, what to do next. */
final class Failures implements IExecutionExceptionHandler {
  private final Strongroom root;

  Failures(Strongroom root) {
    this.root = root;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult parseResult) {
    PrintWriter err = command.getErr();
    return switch (failure) {
      case Problem problem ->
          tell(
              err,
              problem.code().wireName(),
              String.valueOf(problem.getMessage()),
              NextStep.after(problem.code()),
              ExitCode.of(problem.code()));
      case AuditLogException log -> {
        ExitCode exit = ExitCode.of(log.code());
        yield tell(
            err,
            log.code().wireName(),
            String.valueOf(log.getMessage()),
            exit == ExitCode.INTEGRITY ? NextStep.after(ProblemCode.LOG_CORRUPT) : "",
            exit);
      }
      case AttestationException evidence ->
          tell(
              err,
              evidence.code().wireName(),
              String.valueOf(evidence.getMessage()),
              "",
              ExitCode.REFUSED);
      default -> unexpected(err, failure);
    };
  }

  private int unexpected(PrintWriter err, Exception failure) {
    if (!root.json()) {
      failure.printStackTrace(err);
    }
    return tell(
        err,
        ProblemCode.INTERNAL.wireName(),
        String.valueOf(failure),
        "This is a fault of strongroom itself; please report it with the lines above.",
        ExitCode.UNAVAILABLE);
  }

  private int tell(PrintWriter err, String code, String message, String next, ExitCode exit) {
    if (root.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("code", code);
      document.put("message", message);
      if (!next.isEmpty()) {
        document.put("next", next);
      }
      document.put("exit", exit.value());
      err.println(Output.oneLine(document));
    } else {
      err.println(code + ": " + message);
      if (!next.isEmpty()) {
        err.println(next);
      }
    }
    return exit.value();
  }
}
