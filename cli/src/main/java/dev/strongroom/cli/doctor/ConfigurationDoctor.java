package dev.strongroom.cli.doctor;

import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.check.ConfigCheck;
import dev.strongroom.keyservice.config.yaml.Reading;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks at a key service's configuration and at what it names, without starting anything: what the
 * service itself checks, then the trust bundle and the port.
 */
public final class ConfigurationDoctor {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final Path file;
  private final InstantSource clock;
  private final List<Finding> findings = new ArrayList<>();

  public ConfigurationDoctor(Path file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
  }

  /** What was found, in the order of looking. */
  public List<Finding> look() {
    try (HttpClient http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build()) {
      new ConfigCheck(clock, http).check(file).forEach(found -> findings.add(told(found)));
    }
    if (KeyServiceConfig.reading(file) instanceof Reading.Valid<KeyServiceConfig> valid) {
      KeyServiceConfig config = valid.value();
      trustBundle(config.dataDir().resolve("trust-bundle.json"), config);
      port("listen.port", config.listen().host(), config.listen().port());
      port("management.port", config.management().host(), config.management().port());
    }
    return List.copyOf(findings);
  }

  /** What was found about the key backend alone. */
  public List<Finding> lookAtKeys() {
    return ConfigCheck.checkKeys(file).stream().map(ConfigurationDoctor::told).toList();
  }

  private static Finding told(dev.strongroom.keyservice.config.check.Finding found) {
    return switch (found.severity()) {
      case OK -> Finding.ok(found.topic(), found.what());
      case WARNING -> Finding.warning(found.topic(), found.what(), found.toDo());
      case ERROR -> Finding.failed(found.topic(), found.what(), found.toDo());
    };
  }

  private void trustBundle(Path bundleFile, KeyServiceConfig config) {
    if (!Files.exists(bundleFile)) {
      findings.add(Finding.skipped("trust bundle", "is written at the first start"));
      return;
    }
    try {
      TrustBundle bundle = TrustFile.read(bundleFile);
      findings.add(
          bundle.origin().equals(config.origin().toString())
              ? Finding.ok("trust bundle", bundleFile + " is for " + bundle.origin())
              : Finding.warning(
                  "trust bundle",
                  "it is for " + bundle.origin() + ", the configuration for " + config.origin(),
                  "Start the service once, and give out the new bundle."));
    } catch (Problem e) {
      findings.add(Finding.failed("trust bundle", String.valueOf(e.getMessage()), "Start again."));
    }
  }

  private void port(String key, String host, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(host, port));
      findings.add(Finding.ok("port", key + ": " + host + ":" + port + " is free"));
    } catch (IOException e) {
      findings.add(
          Finding.warning(
              "port",
              key + ": " + host + ":" + port + ": " + e.getMessage(),
              "Right when the service runs already; otherwise choose another " + key + "."));
    }
  }
}
