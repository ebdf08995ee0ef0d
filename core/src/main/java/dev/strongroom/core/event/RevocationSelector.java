package dev.strongroom.core.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Require;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whom a revocation meets: all given fields must match. A lease is one holder; revoking it denies
 * its pod (or, without a pod, its proof key, and its subject for that version) from then on, so
 * that it cannot simply ask again. The log carries those fields beside the lease.
 *
 * <p>A field that no holder can have is refused ({@link
 * dev.strongroom.core.problem.ProblemCode#MALFORMED_REQUEST}): who revokes must not believe that he
 * met somebody.
 *
 * @param lease one lease
 * @param subject {@code issuer|subject} of a workload
 * @param podUid one pod, {@code [A-Za-z0-9-]{1,64}}
 * @param jkt one proof key: its RFC 7638 thumbprint, 43 characters of base64url
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
  private static final Pattern SUBJECT = Pattern.compile("[^|]+\\|.+", Pattern.DOTALL);
  private static final Pattern POD_UID = Pattern.compile("[A-Za-z0-9-]{1,64}");
  private static final Pattern THUMBPRINT = Pattern.compile("[A-Za-z0-9_-]{43}");

  public RevocationSelector {
    Require.that(
        lease != null || subject != null || podUid != null || jkt != null || model != null,
        "a revocation names a lease, a subject, a pod, a proof key or a model");
    Require.that(version == null || model != null, "a version is revoked together with its model");
    require("subject", subject, SUBJECT, "issuer|subject, as the log writes it");
    require("podUid", podUid, POD_UID, "the uid of a pod: 1 to 64 letters, digits and hyphens");
    require("jkt", jkt, THUMBPRINT, "a thumbprint of 43 base64url characters");
  }

  /** Whether it denies this version to everybody, whoever asks. */
  public boolean deniesEverybody(ModelVersion target) {
    return lease == null
        && subject == null
        && podUid == null
        && jkt == null
        && target.model().equals(model)
        && (version == null || target.version().equals(version));
  }

  private static void require(String name, @Nullable String value, Pattern form, String what) {
    Require.that(
        value == null || form.matcher(value).matches(),
        "'" + name + "' of a revocation has to be " + what);
  }
}
