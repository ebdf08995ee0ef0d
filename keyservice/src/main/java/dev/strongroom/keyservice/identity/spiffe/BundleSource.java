package dev.strongroom.keyservice.identity.spiffe;

import io.spiffe.spiffeid.TrustDomain;

/** Where trust bundles come from. */
interface BundleSource extends AutoCloseable {

  /**
   * The bundle as it is now; the same object as long as it did not change.
   *
   * @throws dev.strongroom.core.problem.Problem {@code TRUST_BUNDLE_UNAVAILABLE}
   */
  DomainBundle bundle(TrustDomain domain);

  @Override
  void close();
}
