package dev.strongroom.core.event;

import dev.strongroom.core.grant.AttestedPlatform;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who holds, or asks for, a version, and on what: all that a selector can ask. Whether it matches
 * is asked of every live lease and of every grant that meets a revocation, so what the evidence
 * says is read once, and only if somebody asks.
 */
public final class Holding {
  private static final String SPIFFE = "spiffe://";

  private final @Nullable LeaseId lease;
  private final String subject;
  private final List<String> subjects;
  private final @Nullable String podUid;
  private final String jkt;
  private final ModelVersion target;
  private final List<String> evidenceTypes;
  private final EvidenceClaims claims;
  private final Place place;
  private @Nullable AttestedPlatform platform;

  /**
   * @param lease null for who only asks
   * @param subject {@code issuer|subject}
   * @param certificateId SPIFFE ID of the client certificate, which may be beside a token of
   *     somebody else; null without one
   * @param podUid null outside Kubernetes
   * @param jkt thumbprint of the proof key
   * @param evidenceTypes those that were verified
   * @param claims what they say
   */
  public Holding(
      @Nullable LeaseId lease,
      String subject,
      @Nullable String certificateId,
      @Nullable String podUid,
      String jkt,
      ModelVersion target,
      List<String> evidenceTypes,
      EvidenceClaims claims,
      Place place) {
    this.lease = lease;
    this.subject = subject;
    this.subjects = subjects(subject, certificateId);
    this.podUid = podUid;
    this.jkt = jkt;
    this.target = target;
    this.evidenceTypes = List.copyOf(evidenceTypes);
    this.claims = claims;
    this.place = place;
  }

  /**
   * Where it runs, as the cluster says.
   *
   * @param node null where it is not known
   * @param images digests, {@code sha256:HEX}
   */
  public record Place(@Nullable String node, List<String> images) {
    /** Of what no cluster vouches for. */
    public static final Place UNKNOWN = new Place(null, List.of());

    public Place {
      images = List.copyOf(images);
    }

    /** Of what the pod looked like; null where no cluster was asked. */
    public static Place of(@Nullable PodPosture pod) {
      return pod == null ? UNKNOWN : new Place(pod.node(), pod.imageDigests());
    }
  }

  /** What an entry of the log says. */
  public static Holding of(LogEvent.GrantIssued issued) {
    return new Holding(
        issued.lease(),
        issued.subject(),
        issued.identities() == null ? null : issued.identities().certificateId(),
        issued.podUid(),
        issued.jkt(),
        new ModelVersion(issued.model(), issued.version()),
        issued.evidenceTypes(),
        issued.evidenceClaims() == null ? EvidenceClaims.NONE : issued.evidenceClaims(),
        Place.of(issued.pod()));
  }

  public @Nullable LeaseId lease() {
    return lease;
  }

  public String subject() {
    return subject;
  }

  /**
   * All names that it proved: the subject, and that of the client certificate as it would be
   * written if the certificate came alone, {@code spiffe://DOMAIN|spiffe://DOMAIN/PATH}.
   */
  public List<String> subjects() {
    return subjects;
  }

  private static List<String> subjects(String subject, @Nullable String certificateId) {
    if (certificateId == null || !certificateId.startsWith(SPIFFE)) {
      return List.of(subject);
    }
    int path = certificateId.indexOf('/', SPIFFE.length());
    String domain = path < 0 ? certificateId : certificateId.substring(0, path);
    String certified = domain + "|" + certificateId;
    return certified.equals(subject) ? List.of(subject) : List.of(subject, certified);
  }

  public @Nullable String podUid() {
    return podUid;
  }

  public String jkt() {
    return jkt;
  }

  public ModelVersion target() {
    return target;
  }

  public List<String> evidenceTypes() {
    return evidenceTypes;
  }

  public EvidenceClaims claims() {
    return claims;
  }

  public Place place() {
    return place;
  }

  /** Chips and measurements of the evidence. */
  public AttestedPlatform platform() {
    AttestedPlatform known = platform;
    if (known == null) {
      known = AttestedPlatform.of(claims);
      platform = known;
    }
    return known;
  }
}
