package dev.strongroom.core.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Require;
import org.jspecify.annotations.Nullable;

/**
 * Whom a revocation meets: all given fields must match. A lease is one holder; revoking it denies
 * its pod (or, without a pod, its proof key, and its subject for that version) from then on, so
 * that it cannot simply ask again. The log carries those fields beside the lease.
 *
 * @param lease one lease
 * @param subject {@code issuer|subject} of a workload
 * @param podUid one pod
 * @param jkt one proof key
 * @param model one model, with or without a version
 * @param version needs a model
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RevocationSelector(
    @Nullable LeaseId lease,
    @Nullable String subject,
    @Nullable String podUid,
    @Nullable String jkt,
    @Nullable ModelName model,
    @Nullable VersionId version) {
  public RevocationSelector {
    Require.that(
        lease != null || subject != null || podUid != null || jkt != null || model != null,
        "a revocation names a lease, a subject, a pod, a proof key or a model");
    Require.that(version == null || model != null, "a version is revoked together with its model");
  }
}
