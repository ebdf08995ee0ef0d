package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import dev.strongroom.keyservice.config.yaml.Bounds;
import dev.strongroom.keyservice.config.yaml.Default;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What SVIDs are accepted.
 *
 * @param trustDomains at least one, each once; no other is accepted, whatever the Workload API
 *     federates with
 * @param workloadApi {@code unix:} and the path of the socket that gives the bundles; null where
 *     each trust domain has a file
 * @param audience what {@code aud} of a JWT-SVID must hold; null where JWT-SVIDs are refused
 * @param clientCertificates whether X.509-SVIDs are asked for as client certificates
 * @param algorithms signatures of JWT-SVIDs that are accepted
 * @param clockSkew how far the clock of who signs JWT-SVIDs may be off
 * @param refreshEvery how often the Workload API is asked besides its stream
 * @param keepFor bundles stay in use so long after they were last known to be current
 * @param timeout of one such question
 */
public record SpiffeConfig(
    List<TrustDomainConfig> trustDomains,
    @Nullable String workloadApi,
    @Nullable String audience,
    @Default("false") Boolean clientCertificates,
    @Default("ES256,ES384,RS256,PS256") List<TokenAlgorithm> algorithms,
    @Default("30s") @Bounds(min = "0s", max = "5m") Duration clockSkew,
    @Default("30s") @Bounds(min = "1s", max = "1h") Duration refreshEvery,
    @Default("1h") @Bounds(min = "1s", max = "7d") Duration keepFor,
    @Default("5s") @Bounds(min = "100ms", max = "1m") Duration timeout) {
  private static final String UNIX = "unix:/";

  public SpiffeConfig {
    trustDomains = List.copyOf(trustDomains);
    algorithms = List.copyOf(algorithms);
    Set<String> seen = new HashSet<>();
    KeyServiceConfig.check(!trustDomains.isEmpty(), "trustDomains: at least one is wanted");
    for (TrustDomainConfig domain : trustDomains) {
      KeyServiceConfig.check(
          seen.add(domain.name()), "trustDomains: '" + domain.name() + "' is there twice");
      KeyServiceConfig.check(
          domain.bundleFile() != null || workloadApi != null,
          "trustDomains: '" + domain.name() + "' needs a bundleFile, or workloadApi be set");
    }
    KeyServiceConfig.check(
        workloadApi == null || workloadApi.startsWith(UNIX),
        "workloadApi: 'unix:/path/of/the/socket' is wanted");
    KeyServiceConfig.check(
        audience != null || clientCertificates,
        "an audience for JWT-SVIDs is wanted, or clientCertificates: true, or both");
    KeyServiceConfig.check(!algorithms.isEmpty(), "algorithms: at least one is wanted");
    KeyServiceConfig.check(
        refreshEvery.compareTo(keepFor) <= 0, "refreshEvery may not exceed keepFor");
  }

  /**
   * A trust domain.
   *
   * @param name without {@code spiffe://}
   * @param bundleFile a SPIFFE bundle (JSON); read again when it changes. Null for the bundle that
   *     the Workload API gives
   */
  public record TrustDomainConfig(String name, @Nullable Path bundleFile) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,255}");

    public TrustDomainConfig {
      KeyServiceConfig.check(
          NAME.matcher(name).matches(),
          "name: 1 to 255 of a-z 0-9 . _ - are wanted, without spiffe://");
    }
  }
}
