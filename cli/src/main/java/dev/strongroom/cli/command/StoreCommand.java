package dev.strongroom.cli.command;

import dev.strongroom.auditlog.LogReader;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.ledger.LedgerLimits;
import dev.strongroom.keyservice.ledger.LedgerRebuild;
import dev.strongroom.keyservice.store.Database;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The key service's store, from outside. */
@Command(
    name = "store",
    header = "Make the key service's tables again from its log.",
    footer = {"Example:", "  strongroom store rebuild --config /etc/strongroom/keyservice.yaml"})
public final class StoreCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name what to do: rebuild.");
  }

  @Command(
      name = "rebuild",
      header = "Make nonces, grants, leases and revocations again from the log alone.",
      description = {
        "For a store that was lost or is in doubt. The service must not run. Wrapped keys and",
        "manifests are not in the log: restore those from a backup. Nonces given out before are void."
      },
      footer = {"Example:", "  strongroom store rebuild --config /etc/strongroom/keyservice.yaml"})
  void rebuild(
      @Option(
              names = "--config",
              required = true,
              paramLabel = "FILE",
              description = "The key service's configuration.")
          Path configFile,
      @Option(
              names = "--trust",
              paramLabel = "FILE",
              description = "The trust bundle; the one in the service's data folder where absent.")
          @Nullable Path trust) {
    KeyServiceConfig config = KeyServiceConfig.read(configFile);
    Path bundle = trust != null ? trust : config.dataDir().resolve("trust-bundle.json");
    Path log = config.log().directory();
    try (FileChannel lockFile = FileChannel.open(log.resolve("lock"), StandardOpenOption.WRITE);
        FileLock lock = lockFile.tryLock()) {
      if (lock == null) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID, "the key service runs; stop it before a rebuild");
      }
      LogReader reader =
          LogReader.open(
              log,
              TrustFile.logTrust(TrustFile.read(bundle)),
              Strongroom.above(spec).environment().clock());
      try (Database store = Database.open(config.dataDir().resolve("store.db"))) {
        long entries = LedgerRebuild.rebuild(reader, store, LedgerLimits.DEFAULT);
        Output output = Strongroom.above(spec).output();
        output.json(Map.of("entries", entries));
        output.line("The tables follow " + entries + " entries of the log again.");
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the log in " + log + " cannot be opened; is this the configuration of the service?",
          e);
    }
  }
}
