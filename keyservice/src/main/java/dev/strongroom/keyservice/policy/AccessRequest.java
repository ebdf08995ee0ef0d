package dev.strongroom.keyservice.policy;

import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.keyservice.identity.Identity;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One question to the policy.
 *
 * @param action what is wanted
 * @param identity who wants it
 * @param model null where the action is not about one model
 * @param version null where the action is not about one version
 * @param workload what else is known of a workload that wants a key or keeps one; null where no key
 *     is at stake, and always present where one is
 * @param peerAddress where the connection came from, as text
 * @param now when
 */
public record AccessRequest(
    Action action,
    Identity identity,
    @Nullable ModelName model,
    @Nullable VersionId version,
    @Nullable Workload workload,
    String peerAddress,
    Instant now) {

  /**
   * What is known of a workload.
   *
   * @param mode sidecar or init
   * @param onExpiry what it wants when its lease runs out
   * @param leaseSeconds the lease that it wants; null for the policy's
   * @param podUid null outside Kubernetes
   * @param evidenceTypes the types of evidence that were verified; empty for none
   * @param claims what they say
   * @param evidenceAt when they were verified
   * @param cluster what its cluster shows of it; null where it proved no identity of one
   */
  public record Workload(
      DeliveryMode mode,
      ExpiryMode onExpiry,
      @Nullable Long leaseSeconds,
      @Nullable String podUid,
      List<String> evidenceTypes,
      EvidenceClaims claims,
      Instant evidenceAt,
      @Nullable ClusterView cluster) {
    public Workload {
      evidenceTypes = List.copyOf(evidenceTypes);
    }

    /** Its pod, where its cluster shows that it lives. */
    public @Nullable PodPosture pod() {
      return cluster == null ? null : cluster.pod();
    }
  }
}
