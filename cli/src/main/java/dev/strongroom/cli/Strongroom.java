package dev.strongroom.cli;

import dev.strongroom.cli.command.AttestCommand;
import dev.strongroom.cli.command.AuditCommand;
import dev.strongroom.cli.command.DoctorCommand;
import dev.strongroom.cli.command.ExposureCommand;
import dev.strongroom.cli.command.GrantCommand;
import dev.strongroom.cli.command.KeygenCommand;
import dev.strongroom.cli.command.KeysCommand;
import dev.strongroom.cli.command.LeaseCommand;
import dev.strongroom.cli.command.PolicyCommand;
import dev.strongroom.cli.command.PublishCommand;
import dev.strongroom.cli.command.RevokeCommand;
import dev.strongroom.cli.command.StoreCommand;
import dev.strongroom.cli.command.VersionCommand;
import dev.strongroom.cli.output.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root of the command line. */
@Command(
    name = "strongroom",
    scope = ScopeType.INHERIT,
    versionProvider = ReleaseVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    descriptionHeading = "%n",
    parameterListHeading = "%nParameters:%n",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%n",
    header = "Keeps model weights encrypted until a workload has proved what it is.",
    description = {
      "Connection options can be left out when they stand in the profile,",
      "~/.config/strongroom/config.yaml (keys service, trust, ca, tokenFile, storageCa, storageHosts,",
      "publisherKey, stateDir), or in STRONGROOM_SERVICE, STRONGROOM_TRUST, STRONGROOM_CA, STRONGROOM_TOKEN_FILE."
    },
    footer = {
      "First steps:",
      "  strongroom doctor --service https://keys.example.org --trust trust.json",
      "  strongroom publish ./model --model acme/chat --version 3 --key publisher.pem",
      "Exit codes: 0 ok, 1 refused or negative, 2 misuse, 3 unavailable, 4 integrity."
    },
    subcommands = {
      PublishCommand.class,
      VersionCommand.class,
      GrantCommand.class,
      LeaseCommand.class,
      ExposureCommand.class,
      RevokeCommand.class,
      AuditCommand.class,
      KeysCommand.class,
      AttestCommand.class,
      PolicyCommand.class,
      DoctorCommand.class,
      StoreCommand.class,
      KeygenCommand.class
    })
@SuppressWarnings("UnusedVariable") // the options of help are read by picocli
public final class Strongroom implements Runnable {
  private final Environment environment;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print results, progress and failures as JSON, one value a line.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  private boolean help;

  @Option(
      names = {"-V", "--version", "--release"},
      versionHelp = true,
      description = "Show the release of this program.")
  private boolean release;

  public Strongroom(Environment environment) {
    this.environment = environment;
  }

  public Environment environment() {
    return environment;
  }

  public boolean json() {
    return json;
  }

  public Output output() {
    return new Output(environment.out(), json);
  }

  /** The root above a command. */
  public static Strongroom above(CommandSpec command) {
    return (Strongroom) command.root().userObject();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name a command.");
  }
}
