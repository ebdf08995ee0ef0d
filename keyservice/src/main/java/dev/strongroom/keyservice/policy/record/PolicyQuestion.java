package dev.strongroom.keyservice.policy.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.config.yaml.Default;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.ClusterView;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question to the policy as it is written: in test cases by people, in records of decisions by
 * the service. It holds no token and no key.
 *
 * @param peer where the connection came from
 * @param now RFC 3339; null for the time at which it is judged
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PolicyQuestion(
    @Default("decrypt") Action action,
    Who identity,
    @Nullable ModelName model,
    @Nullable VersionId version,
    @Nullable Workload workload,
    @Default("127.0.0.1") String peer,
    @Nullable String now) {

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID}
   */
  public PolicyQuestion {
    if (now != null) {
      Instant _ = time("now", now);
    }
    Identity _ = identity.asked(Instant.EPOCH, showsPod(workload));
    require(
        workload == null || action == Action.DECRYPT,
        "a workload belongs to the action decrypt alone");
    require(version == null || model != null, "a version needs its model");
  }

  /**
   * What else is known of a workload.
   *
   * @param lease seconds that it wants; null for the policy's
   * @param evidence types that were verified
   * @param claims what they say, by type; null for nothing
   * @param evidenceAt when they were verified, RFC 3339; null for the time of the request
   * @param pod as its cluster shows it, in the form of the log, where nothing else is to be said of
   *     the cluster; null where there is none
   * @param cluster all that its cluster showed, in records; null where it proved no identity of one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Workload(
      @Default("sidecar") DeliveryMode mode,
      @Default("wipe") ExpiryMode onExpiry,
      @Nullable Long lease,
      @Nullable String podUid,
      @Default("") List<String> evidence,
      @Nullable JsonNode claims,
      @Nullable String evidenceAt,
      @Nullable JsonNode pod,
      @Nullable JsonNode cluster) {
    public Workload {
      evidence = List.copyOf(evidence);
      if (evidenceAt != null) {
        Instant _ = time("evidenceAt", evidenceAt);
      }
      require(claims == null || claims.isObject(), "claims: a mapping by type is wanted");
      EvidenceClaims _ = evidenceClaims(claims);
      require(pod == null || cluster == null, "one of pod and cluster is wanted, not both");
      ClusterView _ = view(pod, cluster);
    }

    static Workload of(AccessRequest.Workload asked) {
      return new Workload(
          asked.mode(),
          asked.onExpiry(),
          asked.leaseSeconds(),
          asked.podUid(),
          asked.evidenceTypes(),
          asked.claims().byType().isEmpty() ? null : tree(asked.claims().byType()),
          asked.evidenceAt().toString(),
          null,
          asked.cluster() == null ? null : tree(asked.cluster()));
    }

    AccessRequest.Workload asked(Instant at) {
      return new AccessRequest.Workload(
          mode,
          onExpiry,
          lease,
          podUid,
          evidence,
          evidenceClaims(claims),
          evidenceAt == null ? at : time("evidenceAt", evidenceAt),
          view(pod, cluster));
    }
  }

  /** The question that was asked. */
  public static PolicyQuestion of(AccessRequest asked) {
    return new PolicyQuestion(
        asked.action(),
        Who.of(asked.identity()),
        asked.model(),
        asked.version(),
        asked.workload() == null ? null : Workload.of(asked.workload()),
        asked.peerAddress(),
        asked.now().toString());
  }

  /**
   * The question to ask.
   *
   * @param judgedAt where it names no time of its own
   */
  public AccessRequest asked(Instant judgedAt) {
    Instant at = now == null ? judgedAt : time("now", now);
    return new AccessRequest(
        action,
        identity.asked(at, showsPod(workload)),
        model,
        version,
        workload == null ? null : workload.asked(at),
        peer,
        at);
  }

  private static boolean showsPod(@Nullable Workload workload) {
    return workload != null && (workload.pod() != null || workload.cluster() != null);
  }

  static JsonNode tree(Object value) {
    return StrictJson.mapper().valueToTree(value);
  }

  private static EvidenceClaims evidenceClaims(@Nullable JsonNode claims) {
    if (claims == null) {
      return EvidenceClaims.NONE;
    }
    try {
      return Require.present(
          StrictJson.mapper().treeToValue(claims, EvidenceClaims.class), "claims");
    } catch (JsonProcessingException e) {
      throw invalid("claims: a mapping by type of evidence is wanted");
    }
  }

  private static @Nullable ClusterView view(@Nullable JsonNode pod, @Nullable JsonNode cluster) {
    try {
      if (cluster != null) {
        return StrictJson.mapper().treeToValue(cluster, ClusterView.class);
      }
      return pod == null
          ? null
          : new ClusterView(
              StrictJson.mapper().treeToValue(pod, PodPosture.class), List.of(), null);
    } catch (JsonProcessingException e) {
      throw invalid("pod: what the log says of a pod is wanted: " + e.getOriginalMessage());
    }
  }

  private static Instant time(String name, String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw invalid(name + ": a time such as 2026-01-31T12:00:00Z is wanted");
    }
  }

  static void require(boolean condition, String message) {
    if (!condition) {
      throw invalid(message);
    }
  }

  private static Problem invalid(String message) {
    return new Problem(ProblemCode.CONFIGURATION_INVALID, message);
  }
}
