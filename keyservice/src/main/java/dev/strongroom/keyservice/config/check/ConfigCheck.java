package dev.strongroom.keyservice.config.check;

import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.IdentityConfig.IssuerConfig;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig.PublisherConfig;
import dev.strongroom.keyservice.config.PemFile;
import dev.strongroom.keyservice.config.StorageConfig;
import dev.strongroom.keyservice.config.StorageKeys;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import dev.strongroom.keyservice.identity.JwksProbe;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks a configuration and everything that it names: files, their permissions, keys, key sets,
 * certificates, the policy, the clock. Changes nothing. What {@code strongroom doctor} prints.
 */
public final class ConfigCheck {
  /** No clock that is right is before the first release. */
  private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");

  private final InstantSource clock;
  private final HttpClient http;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param http follows no redirects; used for key sets behind a URL
   */
  public ConfigCheck(InstantSource clock, HttpClient http) {
    this.clock = clock;
    this.http = http;
  }

  /** Checks one configuration file; what is good is listed, too. */
  public List<Finding> check(Path file) {
    findings.clear();
    checkClock();
    switch (KeyServiceConfig.reading(file)) {
      case Reading.Invalid<KeyServiceConfig>(List<Fault> faults) ->
          faults.forEach(
              fault -> findings.add(Finding.error(file + ": " + fault, "mend this line")));
      case Reading.Valid<KeyServiceConfig>(KeyServiceConfig config) -> {
        findings.add(Finding.ok(file + " is read"));
        checkFolder(config.dataDir());
        checkKek(config);
        config.publishers().forEach(this::checkPublisher);
        config.identity().issuers().forEach(issuer -> checkIssuer(issuer, config));
        checkStorage(config.storage());
        if (config.listen().tls() != null) {
          findings.addAll(
              CertificateCheck.check(
                  config.listen().tls(), config.origin().getHost(), clock.instant()));
        }
        findings.addAll(PolicyCheck.check(config));
      }
    }
    return List.copyOf(findings);
  }

  private void checkClock() {
    Instant now = clock.instant();
    findings.add(
        now.isBefore(EARLIEST)
            ? Finding.error(
                "the clock says " + now, "set it: tokens and certificates are refused by it")
            : Finding.ok("the clock says " + now));
  }

  private void checkFolder(Path folder) {
    if (!Files.isDirectory(folder)) {
      findings.add(
          Finding.error(
              "the data folder " + folder + " is not there",
              "make it, with mode 700 and owned by the user of the service"));
      return;
    }
    if (!Files.isWritable(folder)) {
      findings.add(
          Finding.error(
              "the data folder " + folder + " is not writable",
              "give it to the user of the service"));
      return;
    }
    findings.add(
        permissions(folder, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE)
            ? Finding.error(
                "others may write into the data folder " + folder, "chmod 700 " + folder)
            : permissions(folder, PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ)
                ? Finding.warning(
                    "others may list the data folder " + folder, "chmod 700 " + folder)
                : Finding.ok("the data folder " + folder + " is writable"));
  }

  private static boolean permissions(Path path, PosixFilePermission... any) {
    try {
      var present = Files.getPosixFilePermissions(path);
      for (PosixFilePermission each : any) {
        if (present.contains(each)) {
          return true;
        }
      }
      return false;
    } catch (java.io.IOException | UnsupportedOperationException e) {
      return true;
    }
  }

  private void checkKek(KeyServiceConfig config) {
    switch (config.kek()) {
      case KekConfig.Tink(Path file) -> {
        if (!OwnerOnlyFile.isPresent(file)) {
          findings.add(
              Finding.warning(
                  "the KEK file " + file + " is not there",
                  "nothing at a first start: it is made then. Otherwise restore it from its"
                      + " backup; the service does not start without it"));
          return;
        }
        attempt(
            "the KEK file " + file,
            "restore it from its backup",
            () -> TinkKeyWrapper.open(file, false).close());
      }
    }
  }

  private void checkPublisher(PublisherConfig publisher) {
    attempt(
        "the key of the publisher '" + publisher.name() + "'",
        "write the public key as PEM: openssl pkey -in KEY -pubout",
        () -> {
          var _ = PublisherKey.readPublic(publisher.keyFile());
        });
  }

  private void checkIssuer(IssuerConfig issuer, KeyServiceConfig config) {
    String what = "the key set of the issuer " + issuer.issuer();
    Optional<String> fault =
        JwksProbe.fault(issuer.jwks(), http, config.identity().jwks().timeout());
    findings.add(
        fault.isEmpty()
            ? Finding.ok(what + " is usable")
            : Finding.error(
                what + ": " + fault.get(), "without it every token of this issuer is refused"));
  }

  private void checkStorage(StorageConfig storage) {
    if ("http".equals(storage.endpoint().getScheme())) {
      findings.add(
          Finding.warning(
              "the storage " + storage.endpoint() + " is reached without TLS",
              "use https where the network is not this machine: presigned URLs are secrets"));
    }
    Path authorities = storage.caFile();
    if (authorities != null) {
      attempt(
          "the authorities of the storage",
          "write them as PEM",
          () -> {
            var _ = PemFile.certificates(authorities);
          });
    }
    switch (storage.credentials()) {
      case StorageConfig.Credentials.DefaultChain() ->
          findings.add(Finding.ok("the storage's credentials come from the environment"));
      case StorageConfig.Credentials.File(Path file) ->
          attempt(
              "the storage's credentials " + file,
              "write accessKey and secretKey into a file with mode 600",
              () -> {
                var _ = StorageKeys.read(file);
              });
    }
  }

  private void attempt(String what, String toDo, Runnable use) {
    try {
      use.run();
      findings.add(Finding.ok(what + " is usable"));
    } catch (Problem e) {
      findings.add(
          Finding.error(what + ": " + e.getMessage() + " (" + e.code().wireName() + ")", toDo));
    }
  }
}
