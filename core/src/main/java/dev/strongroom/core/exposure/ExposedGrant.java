package dev.strongroom.core.exposure;

import dev.strongroom.core.event.Holding;
import dev.strongroom.core.grant.AttestedPlatform;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Require;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A grant that a scope covers: who received which key, on what, and what became of our copy.
 *
 * @param index of the grant in the log
 * @param at of the grant, milliseconds since the epoch
 * @param subject {@code issuer|subject}
 * @param podUid null outside Kubernetes
 * @param node where the pod was, as the cluster said; null where it did not
 * @param evidence the types that were verified
 * @param chips as the evidence names them
 * @param measurement the first that the evidence names, which is that of the launch where there is
 *     one; null for none
 * @param expiresAt end of the lease as last renewed, seconds since the epoch
 * @param ended why the lease ended; null while it lives
 * @param endedAt seconds since the epoch; null while it lives
 */
public record ExposedGrant(
    LeaseId lease,
    long index,
    long at,
    ModelName model,
    VersionId version,
    DataKeyId dataKeyId,
    String subject,
    @Nullable String podUid,
    @Nullable String node,
    String jkt,
    List<String> evidence,
    List<String> chips,
    @Nullable String measurement,
    long expiresAt,
    Lease.@Nullable EndCause ended,
    @Nullable Long endedAt,
    CopyState copy) {
  public ExposedGrant {
    Require.present(lease, "lease");
    Require.present(model, "model");
    Require.present(version, "version");
    Require.present(subject, "subject");
    Require.present(copy, "copy");
    evidence = List.copyOf(evidence);
    chips = List.copyOf(chips);
  }

  /**
   * Of what somebody holds.
   *
   * @param lease of the grant
   * @param end null while it lives
   */
  public static ExposedGrant of(
      LeaseId lease,
      Holding holding,
      long index,
      long at,
      DataKeyId dataKeyId,
      long expiresAt,
      @Nullable End end,
      CopyState copy) {
    AttestedPlatform platform = holding.platform();
    return new ExposedGrant(
        lease,
        index,
        at,
        holding.target().model(),
        holding.target().version(),
        dataKeyId,
        holding.subject(),
        holding.podUid(),
        holding.place().node(),
        holding.jkt(),
        holding.evidenceTypes(),
        List.copyOf(platform.chips()),
        platform.measurements().stream().findFirst().orElse(null),
        expiresAt,
        end == null ? null : end.cause(),
        end == null ? null : end.at(),
        copy);
  }

  /**
   * How a lease ended.
   *
   * @param at seconds since the epoch
   */
  public record End(Lease.EndCause cause, long at) {}
}
