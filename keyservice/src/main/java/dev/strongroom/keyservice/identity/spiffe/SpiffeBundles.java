package dev.strongroom.keyservice.identity.spiffe;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.SpiffeConfig;
import dev.strongroom.keyservice.config.SpiffeConfig.TrustDomainConfig;
import io.spiffe.spiffeid.TrustDomain;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The bundles of the accepted trust domains. A domain that is not named in the configuration is not
 * accepted, even where the Workload API federates with it. Thread-safe.
 */
public final class SpiffeBundles implements AutoCloseable {
  private final Map<TrustDomain, BundleSource> sources = new LinkedHashMap<>();

  /** Opens files and the Workload API; waits for neither. */
  public SpiffeBundles(SpiffeConfig config, InstantSource clock) {
    String address = config.workloadApi();
    BundleSource workloadApi =
        address == null ? null : new WorkloadApiBundles(address, config, clock);
    for (TrustDomainConfig domain : config.trustDomains()) {
      BundleSource source =
          domain.bundleFile() == null
              ? workloadApi
              : new BundleFile(domain.bundleFile(), config.keepFor(), clock);
      if (source == null) {
        throw new IllegalStateException("the configuration was not checked");
      }
      sources.put(TrustDomain.parse(domain.name()), source);
    }
    if (workloadApi != null && !sources.containsValue(workloadApi)) {
      workloadApi.close();
    }
  }

  /**
   * The bundle of an accepted domain.
   *
   * @throws Problem {@link ProblemCode#TRUST_DOMAIN_UNKNOWN}, {@link
   *     ProblemCode#TRUST_BUNDLE_UNAVAILABLE}
   */
  DomainBundle bundle(TrustDomain domain) {
    BundleSource source = sources.get(domain);
    if (source == null) {
      throw new Problem(
          ProblemCode.TRUST_DOMAIN_UNKNOWN,
          "SVIDs of the trust domain "
              + domain.getName()
              + " are not accepted here; name it under identity.spiffe.trustDomains if that is"
              + " meant");
    }
    return source.bundle(domain);
  }

  /**
   * Whether SVIDs of every accepted domain can be verified.
   *
   * @throws Problem {@link ProblemCode#TRUST_BUNDLE_UNAVAILABLE}
   */
  public void check() {
    sources.forEach((domain, source) -> source.bundle(domain));
  }

  @Override
  public void close() {
    sources.values().stream().distinct().forEach(BundleSource::close);
  }
}
