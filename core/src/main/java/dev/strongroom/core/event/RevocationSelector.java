package dev.strongroom.core.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.core.grant.AttestedPlatform;
import dev.strongroom.core.grant.TcbFloor;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Require;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whom a revocation meets, or an exposure names: all given fields must match. A lease is one
 * holder; revoking it denies its pod (or, without a pod, its proof key, and its subject for that
 * version) from then on, so that it cannot simply ask again. The log carries those fields beside
 * the lease.
 *
 * <p>A field that no holder can have is refused ({@link
 * dev.strongroom.core.problem.ProblemCode#MALFORMED_REQUEST}): who revokes must not believe that he
 * met somebody.
 *
 * @param lease one lease
 * @param subject {@code issuer|subject} of a workload, by its token or by its client certificate
 * @param podUid one pod, {@code [A-Za-z0-9-]{1,64}}
 * @param jkt one proof key: its RFC 7638 thumbprint, 43 characters of base64url
 * @param model one model, with or without a version
 * @param version needs a model
 * @param chip one piece of hardware, or a line of it, as {@link AttestedPlatform#chips} has it
 * @param measurement what was measured, as {@link AttestedPlatform#measurements} has it
 * @param tcbBelow whose evidence shows security versions below these
 * @param evidence whose grant rests on evidence of this type
 * @param image digest of an image that a container of the pod runs, {@code sha256:HEX}
 * @param node the node that the pod is on, as the cluster names it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RevocationSelector(
    @Nullable LeaseId lease,
    @Nullable String subject,
    @Nullable String podUid,
    @Nullable String jkt,
    @Nullable ModelName model,
    @Nullable VersionId version,
    @Nullable String chip,
    @Nullable String measurement,
    @Nullable TcbFloor tcbBelow,
    @Nullable String evidence,
    @Nullable String image,
    @Nullable String node) {
  private static final Pattern SUBJECT = Pattern.compile("[^|]+\\|.+", Pattern.DOTALL);
  private static final Pattern POD_UID = Pattern.compile("[A-Za-z0-9-]{1,64}");
  private static final Pattern THUMBPRINT = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final Pattern EVIDENCE =
      Pattern.compile("sev-snp|tdx|tpm|azure-snp-vtpm|nitro|nvidia-gpu");
  private static final Pattern IMAGE = Pattern.compile("sha256:[0-9a-f]{64}");
  // RFC 1123, as names of nodes are.
  private static final Pattern NODE =
      Pattern.compile("(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?");

  @JsonCreator
  public RevocationSelector {
    Require.that(
        lease != null
            || subject != null
            || podUid != null
            || jkt != null
            || model != null
            || namesPlatform(chip, measurement, tcbBelow, evidence, image, node),
        "a revocation names a lease, a subject, a pod, a proof key, a model, a chip, a measurement,"
            + " a TCB, a type of evidence, an image or a node");
    Require.that(version == null || model != null, "a version is revoked together with its model");
    require("subject", subject, SUBJECT, "issuer|subject, as the log writes it");
    require("podUid", podUid, POD_UID, "the uid of a pod: 1 to 64 letters, digits and hyphens");
    require("jkt", jkt, THUMBPRINT, "a thumbprint of 43 base64url characters");
    Require.that(
        chip == null || AttestedPlatform.isChip(chip),
        "'chip' of a revocation has to be an id as evidence claims it: lower-case hexadecimal of 6,"
            + " 8, 16, 32, 34, 50 or 64 bytes and not zero, or an instance of Nitro, i-...");
    Require.that(
        measurement == null || AttestedPlatform.isMeasurement(measurement),
        "'measurement' of a revocation has to be lower-case hexadecimal of 32, 48 or 64 bytes that"
            + " something was measured into");
    require("evidence", evidence, EVIDENCE, "a type of evidence: " + EVIDENCE.pattern());
    require("image", image, IMAGE, "the digest of an image: sha256: and 64 hexadecimal digits");
    require("node", node, NODE, "the name of a node: lower-case letters, digits, '-' and '.'");
  }

  /** By holder and version alone. */
  public RevocationSelector(
      @Nullable LeaseId lease,
      @Nullable String subject,
      @Nullable String podUid,
      @Nullable String jkt,
      @Nullable ModelName model,
      @Nullable VersionId version) {
    this(lease, subject, podUid, jkt, model, version, null, null, null, null, null, null);
  }

  /** Whether it denies this version to everybody, whoever asks. */
  public boolean deniesEverybody(ModelVersion target) {
    return lease == null
        && subject == null
        && podUid == null
        && jkt == null
        && !namesPlatform()
        && target.model().equals(model)
        && (version == null || target.version().equals(version));
  }

  /** Whether it asks what evidence or the cluster said. */
  public boolean namesPlatform() {
    return namesPlatform(chip, measurement, tcbBelow, evidence, image, node);
  }

  private static boolean namesPlatform(@Nullable Object... fields) {
    for (Object field : fields) {
      if (field != null) {
        return true;
      }
    }
    return false;
  }

  /** Whether every field that is given matches. */
  public boolean matches(Holding holding) {
    return (lease == null || lease.equals(holding.lease()))
        && (subject == null || holding.subjects().contains(subject))
        && (podUid == null || podUid.equals(holding.podUid()))
        && (jkt == null || jkt.equals(holding.jkt()))
        && matchesTarget(holding.target())
        && (!namesPlatform() || matchesPlatform(holding));
  }

  /** Whether the model and version that are given, if any, are these. */
  public boolean matchesTarget(ModelVersion target) {
    return (model == null || model.equals(target.model()))
        && (version == null || version.equals(target.version()));
  }

  private boolean matchesPlatform(Holding holding) {
    return (evidence == null || holding.evidenceTypes().contains(evidence))
        && (node == null || node.equals(holding.place().node()))
        && (image == null || holding.place().images().contains(image))
        && (chip == null || holding.platform().chips().contains(chip))
        && (measurement == null || holding.platform().measurements().contains(measurement))
        && (tcbBelow == null || tcbBelow.isAbove(holding.claims()));
  }

  private static void require(String name, @Nullable String value, Pattern form, String what) {
    Require.that(
        value == null || form.matcher(value).matches(),
        "'" + name + "' of a revocation has to be " + what);
  }
}
