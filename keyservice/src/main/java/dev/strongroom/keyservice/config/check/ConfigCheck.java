package dev.strongroom.keyservice.config.check;

import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.IdentityConfig.IssuerConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig.PublisherConfig;
import dev.strongroom.keyservice.config.KubernetesConfig;
import dev.strongroom.keyservice.config.SpiffeConfig.TrustDomainConfig;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.identity.JwksProbe;
import dev.strongroom.keyservice.identity.kubernetes.ClusterProbe;
import dev.strongroom.keyservice.identity.spiffe.BundleProbe;
import dev.strongroom.keyservice.storage.s3.S3ObjectStorage;
import dev.strongroom.keyservice.storage.s3.StorageTrial;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks a configuration and everything that it names: files and folders, their permissions, keys,
 * key sets, certificates, the policy, the clock; and uses the KEK, the storage and the disk of the
 * log. Leaves nothing behind. What {@code strongroom doctor} prints.
 */
public final class ConfigCheck {
  /** No clock that is right is before the first release. */
  private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");

  private static final String PUBLISHERS = "publishers";
  private static final String CLUSTER = "kubernetes";

  private final InstantSource clock;
  private final HttpClient http;
  private final BackendCheck.StorageProbe storage;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param http follows no redirects; used for key sets behind a URL
   */
  public ConfigCheck(InstantSource clock, HttpClient http) {
    this(
        clock,
        http,
        storage -> {
          try (S3ObjectStorage reached = S3ObjectStorage.of(storage, clock)) {
            StorageTrial.run(reached, storage.caFile(), new SecureRandom());
          }
        });
  }

  ConfigCheck(InstantSource clock, HttpClient http, BackendCheck.StorageProbe storage) {
    this.clock = clock;
    this.http = http;
    this.storage = storage;
  }

  /** Checks one configuration file; what is good is listed, too. */
  public List<Finding> check(Path file) {
    findings.clear();
    checkClock();
    switch (KeyServiceConfig.reading(file)) {
      case Reading.Invalid<KeyServiceConfig>(List<Fault> faults) ->
          findings.addAll(faults(file, faults));
      case Reading.Valid<KeyServiceConfig>(KeyServiceConfig config) -> {
        findings.add(Finding.ok("configuration", file + " is whole, for " + config.origin()));
        findings.addAll(FolderCheck.check(config));
        findings.addAll(BackendCheck.check(config, storage));
        checkPublishers(config.publishers());
        config.identity().issuers().forEach(issuer -> checkIssuer(issuer, config));
        if (config.identity().spiffe() != null) {
          config.identity().spiffe().trustDomains().forEach(this::checkTrustDomain);
        }
        config.identity().kubernetes().forEach(this::checkCluster);
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

  /** Checks the key backends of one configuration file alone, and what the store has of them. */
  public static List<Finding> checkKeys(Path file) {
    return switch (KeyServiceConfig.reading(file)) {
      case Reading.Invalid<KeyServiceConfig>(List<Fault> faults) -> faults(file, faults);
      case Reading.Valid<KeyServiceConfig>(KeyServiceConfig config) -> BackendCheck.keys(config);
    };
  }

  private static List<Finding> faults(Path file, List<Fault> faults) {
    return faults.stream()
        .map(fault ->
            Finding.error(
                "configuration",
                file + ": " + fault,
                fault.line() == 0 ? "name a file that is there" : "mend this line"))
        .toList();
  }

  private void checkClock() {
    Instant now = clock.instant();
    findings.add(
        now.isBefore(EARLIEST)
            ? Finding.error(
                "clock",
                "the clock says " + now,
                "set it: tokens and certificates are refused by it")
            : Finding.ok("clock", "the clock says " + now));
  }

  private void checkPublishers(List<PublisherConfig> publishers) {
    publishers.forEach(this::checkPublisher);
    if (publishers.isEmpty()) {
      findings.add(
          Finding.warning(
              PUBLISHERS,
              "no publisher is configured",
              "nothing can be published before a public key stands under 'publishers'"));
    }
  }

  private void checkPublisher(PublisherConfig publisher) {
    String what = "the key of the publisher '" + publisher.name() + "'";
    try {
      String id = PublicKeys.keyId(PublisherKey.readPublic(publisher.keyFile())).hex();
      findings.add(Finding.ok(PUBLISHERS, what + " is " + id));
    } catch (Problem e) {
      findings.add(
          Finding.error(
              PUBLISHERS,
              what + ": " + e.getMessage() + " (" + e.code().wireName() + ")",
              "copy the .pub file that 'strongroom keygen publisher' made"));
    }
  }

  private void checkCluster(KubernetesConfig cluster) {
    String what = "the API server " + cluster.apiServer().getAuthority();
    try {
      List<String> missing = ClusterProbe.missing(cluster);
      findings.add(
          missing.isEmpty()
              ? Finding.ok(CLUSTER, what + " gives the rights that are needed")
              : Finding.error(
                  CLUSTER,
                  what + " does not let this service " + String.join(", ", missing),
                  "apply the ClusterRole of docs/guide/kubernetes-identity.md"));
    } catch (Problem e) {
      findings.add(
          Finding.error(
              CLUSTER,
              what + ": " + e.getMessage() + " (" + e.code().wireName() + ")",
              "without it every token of " + cluster.issuer() + " is refused"));
    }
  }

  private void checkTrustDomain(TrustDomainConfig domain) {
    Path file = domain.bundleFile();
    if (file == null) {
      return;
    }
    String what = "the trust bundle of " + domain.name();
    Optional<String> fault = BundleProbe.fault(file);
    findings.add(
        fault.isEmpty()
            ? Finding.ok("issuer", what + " is usable")
            : Finding.error(
                "issuer",
                what + ": " + fault.get(),
                "without it every SVID of this trust domain is refused"));
  }

  private void checkIssuer(IssuerConfig issuer, KeyServiceConfig config) {
    String what = "the key set of the issuer " + issuer.issuer();
    Optional<String> fault =
        JwksProbe.fault(issuer.jwks(), http, config.identity().jwks().timeout());
    findings.add(
        fault.isEmpty()
            ? Finding.ok("issuer", what + " is usable")
            : Finding.error(
                "issuer",
                what + ": " + fault.get(),
                "without it every token of this issuer is refused"));
  }
}
