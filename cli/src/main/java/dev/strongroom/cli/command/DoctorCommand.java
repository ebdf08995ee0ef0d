package dev.strongroom.cli.command;

import dev.strongroom.cli.Environment;
import dev.strongroom.cli.ExitCode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.cli.doctor.ConfigurationDoctor;
import dev.strongroom.cli.doctor.ConnectionDoctor;
import dev.strongroom.cli.doctor.Finding;
import dev.strongroom.cli.output.Output;
import dev.strongroom.delivery.client.KeyServiceClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what is wrong with a configuration or a connection. */
@Command(
    name = "doctor",
    header = "Say what is wrong with a configuration or a connection, and what to do.",
    description = {
      "With --config it looks at a key service's configuration and the files that it names. With",
      "--service (or a profile) it looks at a connection from the bottom up: trust bundle, name,",
      "port, TLS chain and version, clock, token, identity. Nothing is changed. Ends with 1 when",
      "something is wrong."
    },
    footer = {
      "Examples:",
      "  strongroom doctor --config /etc/strongroom/keyservice.yaml",
      "  strongroom doctor --service https://keys.example.org --trust trust.json \\",
      "    --token-file token"
    })
public final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A key service's configuration to look at.")
  private @Nullable Path config;

  @Override
  public Integer call() {
    Environment environment = Strongroom.above(spec).environment();
    List<Finding> findings = new ArrayList<>();
    if (config != null) {
      findings.addAll(new ConfigurationDoctor(config, environment.clock()).look());
    }
    if (config == null || spec.commandLine().getParseResult().hasMatchedOption("--service")) {
      findings.addAll(lookAtConnection(environment));
    }
    return tell(findings);
  }

  @Command(
      name = "keys",
      header = "Say whether the key backend of a configuration does all that the service needs.",
      description = {
        "Each right is used once, with a random key of no use. Nothing is changed. Run it with the",
        "credentials of the service. Ends with 1 when something is wrong."
      },
      footer = {"Example:", "  strongroom doctor keys --config /etc/strongroom/keyservice.yaml"})
  int keys(
      @Option(
              names = "--config",
              required = true,
              paramLabel = "FILE",
              description = "The key service's configuration.")
          Path file) {
    Environment environment = Strongroom.above(spec).environment();
    return tell(new ConfigurationDoctor(file, environment.clock()).lookAtKeys());
  }

  private List<Finding> lookAtConnection(Environment environment) {
    Optional<KeyServiceClient> client =
        connection.tokenFile().isPresent() ? Optional.of(connection.connect()) : Optional.empty();
    try {
      return new ConnectionDoctor(
              connection.service(),
              ConnectionOptions.tls(connection.ca()),
              connection.trustFile().map(TrustFile::read),
              client,
              environment.clock())
          .look();
    } finally {
      client.ifPresent(KeyServiceClient::close);
    }
  }

  private int tell(List<Finding> findings) {
    Output output = Strongroom.above(spec).output();
    boolean failed = false;
    for (Finding finding : findings) {
      failed |= finding.state() == Finding.State.FAILED;
      output.json(finding);
      output.line(
          String.format(
              Locale.ROOT,
              "%-8s %-16s %s",
              finding.state().name().toLowerCase(Locale.ROOT),
              finding.step(),
              finding.detail()));
      if (!finding.next().isEmpty()) {
        output.line(" ".repeat(26) + finding.next());
      }
    }
    output.line(failed ? "Something is wrong; see above." : "Nothing is wrong as far as was seen.");
    return failed ? ExitCode.REFUSED.value() : ExitCode.OK.value();
  }
}
