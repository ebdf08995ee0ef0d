package dev.strongroom.cli.doctor;

import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Looks at a key service's configuration and at what it names, without starting anything. */
public final class ConfigurationDoctor {
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final Path file;
  private final InstantSource clock;
  private final List<Finding> findings = new ArrayList<>();

  public ConfigurationDoctor(Path file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
  }

  /** What was found, in the order of looking. */
  public List<Finding> look() {
    switch (KeyServiceConfig.reading(file)) {
      case Reading.Invalid<KeyServiceConfig> invalid -> {
        for (Fault fault : invalid.faults()) {
          findings.add(
              Finding.failed("configuration", fault.toString(), "Mend " + file + " there."));
        }
      }
      case Reading.Valid<KeyServiceConfig> valid -> look(valid.value());
    }
    return List.copyOf(findings);
  }

  private void look(KeyServiceConfig config) {
    findings.add(Finding.ok("configuration", file + " is whole, for " + config.origin()));
    folder(config.dataDir());
    readable("policy", config.policyFile());
    config.publishers().forEach(publisher -> publisher(publisher.name(), publisher.keyFile()));
    if (config.publishers().isEmpty()) {
      findings.add(
          Finding.warning(
              "publishers",
              "none is configured",
              "Nothing can be published before a public key stands under 'publishers'."));
    }
    if (config.listen().tls() != null) {
      certificate(config.listen().tls().certificate());
      ownerOnly("tls key", config.listen().tls().key());
    }
    trustBundle(config.dataDir().resolve("trust-bundle.json"), config);
    port(config.listen().host(), config.listen().port());
  }

  private void folder(Path dataDir) {
    if (!Files.isDirectory(dataDir)) {
      findings.add(
          Finding.warning(
              "data folder", dataDir + " does not exist yet", "It is made at the first start."));
    } else if (!Files.isWritable(dataDir)) {
      findings.add(
          Finding.failed(
              "data folder", dataDir + " cannot be written", "Give it to the service's user."));
    } else {
      findings.add(Finding.ok("data folder", dataDir.toString()));
      keyFolder(dataDir.resolve("keys"), Files.exists(dataDir.resolve("store.db")));
    }
  }

  // Keys beside a store that is not empty are never made anew.
  private void keyFolder(Path keys, boolean storeExists) {
    if (!Files.isDirectory(keys)) {
      findings.add(
          storeExists
              ? Finding.failed(
                  "keys", keys + " is missing beside a store", "Restore it from the backup.")
              : Finding.ok("keys", "are made at the first start"));
      return;
    }
    try (var files = Files.list(keys)) {
      files.sorted().forEach(key -> ownerOnly("key file", key));
    } catch (IOException e) {
      findings.add(Finding.failed("keys", keys + " cannot be read", "Give it to the service."));
    }
  }

  private void ownerOnly(String step, Path key) {
    try {
      boolean open = Files.getPosixFilePermissions(key).stream().anyMatch(OTHERS::contains);
      findings.add(
          open
              ? Finding.failed(step, "others may read or write " + key, "Run: chmod 600 " + key)
              : Finding.ok(step, key + " is its owner's alone"));
    } catch (IOException | UnsupportedOperationException e) {
      findings.add(Finding.failed(step, key + " cannot be looked at", "Check that it exists."));
    }
  }

  private void readable(String step, Path path) {
    findings.add(
        Files.isReadable(path)
            ? Finding.ok(step, path.toString())
            : Finding.failed(step, path + " cannot be read", "Write it, or mend its path."));
  }

  private void publisher(String name, Path keyFile) {
    try {
      String id = PublicKeys.keyId(PublisherKey.readPublic(keyFile)).hex();
      findings.add(Finding.ok("publisher " + name, "key " + id));
    } catch (Problem e) {
      findings.add(
          Finding.failed(
              "publisher " + name,
              String.valueOf(e.getMessage()),
              "Copy the .pub file that 'strongroom keygen publisher' made."));
    }
  }

  private void certificate(Path path) {
    try (InputStream in = Files.newInputStream(path)) {
      X509Certificate leaf =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      Instant end = leaf.getNotAfter().toInstant();
      findings.add(
          end.isBefore(clock.instant())
              ? Finding.failed("tls certificate", "it ended " + end, "Renew it.")
              : Finding.ok("tls certificate", "until " + end));
    } catch (IOException | GeneralSecurityException e) {
      findings.add(
          Finding.failed("tls certificate", path + " is no PEM certificate", "Name the chain."));
    }
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

  private void port(String host, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(host, port));
      findings.add(Finding.ok("port", host + ":" + port + " is free"));
    } catch (IOException e) {
      findings.add(
          Finding.warning(
              "port",
              host + ":" + port + ": " + e.getMessage(),
              "Right when the service runs already; otherwise choose another listen.port."));
    }
  }
}
