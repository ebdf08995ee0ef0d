package dev.strongroom.cli.command;

import dev.strongroom.auditlog.LogReport;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.LogVerifier;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.cli.Environment;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.audit.LogCopy;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The log. */
@Command(
    name = "audit",
    header = "Fetch, verify and read the log.",
    description = {
      "Every release of a key, every refusal, renewal, wipe and revocation stands in the log. It can",
      "be verified offline, with the keys of the trust bundle and without trusting the service."
    },
    footer = {
      "Examples:",
      "  strongroom audit fetch ./log-copy",
      "  strongroom audit verify ./log-copy --trust trust.json --checkpoint last-month.checkpoint",
      "  strongroom audit show ./log-copy --trust trust.json --event grant.issued",
      "  strongroom audit receipt 42"
    },
    subcommands = AuditShowCommand.class)
public final class AuditCommand implements Runnable {
  private static final int MAX_CHECKPOINT = 256 << 10;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name one of fetch, verify, show, receipt.");
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }

  private Environment environment() {
    return Strongroom.above(spec).environment();
  }

  @Command(
      name = "verify",
      header = "Verify a log directory offline; name the first bad entry.",
      description = {
        "Recomputes every hash from the entries up to the signed root and checks the signatures. With",
        "checkpoints that you kept, it also shows that the log only grew since then: tampering by who",
        "holds the log's keys is seen that way alone. Ends with 1 when something does not hold."
      },
      footer = {
        "Examples:",
        "  strongroom audit verify ./log-copy --trust trust.json",
        "  strongroom audit verify ./log-copy --trust trust.json --checkpoint last-month.checkpoint"
      })
  int verify(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "DIR", description = "The log's directory, or a copy of it.")
          Path directory,
      @Option(
              names = "--checkpoint",
              paramLabel = "FILE",
              description = "A checkpoint that you kept; may be given more than once.")
          @Nullable List<Path> kept) {
    LogTrust trust = TrustFile.logTrust(connection.trust());
    List<String> older = new ArrayList<>();
    for (Path file : kept == null ? List.<Path>of() : kept) {
      older.add(readCheckpoint(file));
    }
    return tell(LogVerifier.verify(directory, trust, older, environment().clock()));
  }

  private static String readCheckpoint(Path file) {
    try {
      if (Files.size(file) <= MAX_CHECKPOINT) {
        return Files.readString(file, StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "the checkpoint " + file + " cannot be read", e);
    }
    throw new Problem(ProblemCode.CONFIGURATION_INVALID, file + " is too large for a checkpoint");
  }

  private int tell(LogReport report) {
    Output output = output();
    Map<String, Object> result = new LinkedHashMap<>();
    return switch (report) {
      case LogReport.Sound sound -> {
        result.put("sound", true);
        result.put("origin", sound.checkpoint().origin());
        result.put("size", sound.checkpoint().size());
        result.put("root", sound.checkpoint().root().toString());
        result.put("journalEntries", sound.journalEntries());
        result.put("olderCheckpoints", sound.olderCheckpoints());
        output.json(result);
        output.line("The log holds together: " + sound.checkpoint());
        if (sound.journalEntries() > 0) {
          output.line(
              sound.journalEntries() + " further entries stand in its journal, signed too.");
        }
        output.line(
            sound.olderCheckpoints() == 0
                ? "Keep this checkpoint: compared with it, a later copy shows whether the log was"
                    + " rewritten."
                : sound.olderCheckpoints() + " kept checkpoints are consistent with it.");
        yield ExitCode.OK.value();
      }
      case LogReport.Damaged damaged -> {
        result.put("sound", false);
        result.put("code", damaged.code().wireName());
        damaged.firstBadIndex().ifPresent(index -> result.put("firstBadIndex", index));
        result.put("message", damaged.message());
        output.json(result);
        output.line("The log does NOT hold together.");
        output.line(damaged.code().wireName() + ": " + damaged.message());
        output.line(
            damaged.firstBadIndex().isPresent()
                ? "First bad index: " + damaged.firstBadIndex().getAsLong()
                : "No entry can be believed.");
        output.line("Keep the directory as it is and compare with other copies.");
        yield ExitCode.REFUSED.value();
      }
    };
  }

  @Command(
      name = "receipt",
      header = "Prove that an entry stands in the service's log.",
      description = {
        "Fetches the proof, verifies it with the trust bundle, and prints it in the C2SP tlog-proof",
        "form, the entry inside: whoever holds the log's keys can verify it offline."
      },
      footer = {
        "Examples:",
        "  strongroom audit receipt 42",
        "  strongroom audit receipt 42 --out receipt-42.txt"
      })
  void receipt(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "N", description = "The entry's index.") long index,
      @Option(names = "--out", paramLabel = "FILE", description = "Write it there.")
          @Nullable Path out) {
    Receipt receipt = ServiceReceipt.verified(connection, environment().clock().instant(), index);
    if (out == null) {
      output().line(receipt.toText().stripTrailing());
    } else {
      try {
        Files.writeString(out, receipt.toText(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID, "the file " + out + " cannot be written", e);
      }
      output().line("Entry " + index + " is in the log; its receipt is in " + out + ".");
    }
    output().json(Map.of("index", index, "receipt", receipt.toText()));
  }

  @Command(
      name = "fetch",
      header = "Copy the service's log into a directory, for 'audit verify'.",
      description = {
        "Fetches what is missing since the last copy. The checkpoint's signatures are verified, and",
        "that the log continues the copy: a log that shrank or was rewritten is refused, and the copy",
        "stays as it is. Run 'audit verify' on the copy for everything else."
      },
      footer = {"Example:", "  strongroom audit fetch ./log-copy"})
  void fetch(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "DIR", description = "Where the copy is, or will be.")
          Path directory) {
    LogTrust trust = TrustFile.logTrust(connection.trust());
    try (Session session = connection.session()) {
      LogCopy.Copied copied =
          new LogCopy(session::bytes, trust, environment().clock())
              .into(directory, this::showFetched);
      output()
          .json(
              Map.of(
                  "size", copied.checkpoint().size(),
                  "root", copied.checkpoint().root().toString(),
                  "fetched", copied.fetched()));
      output().line("Copied " + copied.checkpoint() + " (" + copied.fetched() + " files fetched).");
      output().line("Next: strongroom audit verify " + directory + " --trust FILE");
    }
  }

  private void showFetched(long files) {
    if (environment().terminal() && !output().isJson() && files % 32 == 0) {
      environment().err().print("\r" + files + " files\u001b[K\r");
      environment().err().flush();
    }
  }
}
