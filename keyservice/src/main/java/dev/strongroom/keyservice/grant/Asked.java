package dev.strongroom.keyservice.grant;

import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.keyservice.evidence.Appraiser;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.ClusterView;
import dev.strongroom.keyservice.proof.VerifiedGrantRequest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request whose proof, nonce and identity hold.
 *
 * @param now the one time for the whole decision
 */
record Asked(VerifiedGrantRequest request, Identity identity, String peerAddress, Instant now) {

  GrantBody body() {
    return request.body();
  }

  /** As revocations see it. */
  Holding holding(Appraiser.Appraisal evidence, @Nullable PodPosture pod) {
    return new Holding(
        null,
        identity.canonical(),
        identity.certificateId(),
        body().podUid(),
        request.jkt(),
        body().target(),
        evidence.types(),
        evidence.claims(),
        Holding.Place.of(pod));
  }

  AccessRequest accessRequest(Appraiser.Appraisal evidence, @Nullable ClusterView cluster) {
    return new AccessRequest(
        Action.DECRYPT,
        identity,
        body().model(),
        body().version(),
        new AccessRequest.Workload(
            body().mode(),
            body().onExpiry(),
            body().leaseSeconds(),
            body().podUid(),
            evidence.types(),
            evidence.claims(),
            now,
            cluster),
        peerAddress,
        now);
  }
}
