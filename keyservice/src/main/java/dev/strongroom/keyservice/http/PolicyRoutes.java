package dev.strongroom.keyservice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.approval.ApprovedPolicies;
import dev.strongroom.keyservice.approval.ApprovedPolicy;
import dev.strongroom.keyservice.approval.PolicyStatement;
import dev.strongroom.keyservice.approval.PolicyStore;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.proof.ProvenCaller;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The policy in force, the ones before it, and how a new one takes over. */
public final class PolicyRoutes {
  private static final List<Action> READERS = List.of(Action.POLICY, Action.AUDIT);
  private static final List<Action> KEEPERS = List.of(Action.POLICY);
  private static final int MAX_LIST = 200;

  /** Base64 of a statement, and signatures. */
  static final int MAX_BODY = 1 << 20;

  private final Callers callers;
  private final String origin;
  private final Supplier<CompiledPolicy> inForce;
  private final @Nullable ApprovedPolicies approved;

  /**
   * @param approved null where a file rules
   */
  public PolicyRoutes(
      Callers callers,
      String origin,
      Supplier<CompiledPolicy> inForce,
      @Nullable ApprovedPolicies approved) {
    this.callers = callers;
    this.origin = origin;
    this.inForce = inForce;
    this.approved = approved;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
            HttpMethod.GET, "/v1/policy", callers.allowed(READERS, (call, caller) -> current())),
        Route.withBody(
            HttpMethod.POST, "/v1/policy", MAX_BODY, callers.allowed(KEEPERS, this::apply)),
        Route.of(
            HttpMethod.GET,
            "/v1/policy/versions",
            callers.allowed(READERS, (call, caller) -> history())),
        Route.of(
            HttpMethod.GET,
            "/v1/policy/versions/{version}",
            callers.allowed(READERS, (call, caller) -> version(call))));
  }

  private Answer current() {
    CompiledPolicy policy = inForce.get();
    ApprovedPolicies approvals = approved;
    if (approvals == null) {
      return Answer.json(
          new Current(
              "file",
              origin,
              policy.digest(),
              policy.document().canonical(),
              0,
              null,
              List.of(),
              List.of(),
              0,
              null));
    }
    ApprovedPolicies.InForce now = approvals.inForce();
    ApprovedPolicy approval = now.approved();
    return Answer.json(
        new Current(
            "approvals",
            origin,
            now.policy().digest(),
            now.policy().document().canonical(),
            now.version(),
            now.statement(),
            approval == null ? List.of() : approval.approvers(),
            approvals.approvers().names(),
            approvals.approvers().threshold(),
            approval == null ? null : approval.statement().policy()));
  }

  private Answer apply(Call call, ProvenCaller caller) {
    DsseEnvelope envelope = DsseEnvelope.parse(call.body(), PolicyStatement.MAX_BYTES);
    ApprovedPolicies.InForce now = approvals().apply(envelope, caller.identity().canonical());
    ApprovedPolicy approval = now.approved();
    return Answer.json(
        new Applied(
            now.version(),
            now.policy().digest(),
            approval == null ? List.of() : approval.approvers()));
  }

  private Answer history() {
    return Answer.json(
        new History(approvals().history(MAX_LIST).stream().map(Version::of).toList()));
  }

  private Answer version(Call call) {
    return Answer.json(
        approvals()
            .version(number(call.parameter("version")))
            .map(Whole::of)
            .orElseThrow(() ->
                new Problem(
                    ProblemCode.NOT_FOUND,
                    "there is no policy of this version; see 'strongroom policy history'")));
  }

  private static long number(String text) {
    Require.that(text.matches("[1-9][0-9]{0,14}"), "a version is a number from 1");
    return Long.parseLong(text);
  }

  private ApprovedPolicies approvals() {
    ApprovedPolicies approvals = approved;
    if (approvals == null) {
      throw new Problem(
          ProblemCode.POLICY_FILE_RULES,
          "the file named by policyFile rules here: change that file, and its history is where it is"
              + " kept; or configure 'policy' with approvers");
    }
    return approvals;
  }

  /**
   * The policy in force.
   *
   * @param source file, or approvals
   * @param origin of the service, which approvals name
   * @param document with its defaults and the administrators of the configuration
   * @param version 0 where a file rules, and before the first
   * @param statement SHA-256 over what was signed
   * @param approvedBy those whose signatures counted
   * @param approvers whose signatures count
   * @param threshold how many it takes; 0 where a file rules
   * @param text as it was written; absent where a file rules
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Current(
      String source,
      String origin,
      Sha256Digest digest,
      JsonNode document,
      long version,
      @Nullable Sha256Digest statement,
      List<String> approvedBy,
      List<String> approvers,
      int threshold,
      @Nullable String text) {
    public Current {
      approvedBy = List.copyOf(approvedBy);
      approvers = List.copyOf(approvers);
    }
  }

  /** What took effect. */
  public record Applied(long version, Sha256Digest digest, List<String> approvedBy) {
    public Applied {
      approvedBy = List.copyOf(approvedBy);
    }
  }

  /** Answer to the list: the newest first. */
  public record History(List<Version> versions) {
    public History {
      versions = List.copyOf(versions);
    }
  }

  /**
   * One version in short.
   *
   * @param at when it was applied, milliseconds since the epoch
   * @param by {@code issuer|subject} of who applied it
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Version(
      long version, long at, String by, Sha256Digest statement, @Nullable String reason) {
    static Version of(PolicyStore.Stored stored) {
      return new Version(
          stored.version(),
          stored.at(),
          stored.by(),
          stored.statement(),
          PolicyStatement.parse(stored.envelope().payload()).reason());
    }
  }

  /**
   * One version whole.
   *
   * @param text the policy as it was written
   * @param envelope as it was signed (DSSE)
   */
  public record Whole(Version version, String text, JsonNode envelope) {
    static Whole of(PolicyStore.Stored stored) {
      return new Whole(
          Version.of(stored),
          PolicyStatement.parse(stored.envelope().payload()).policy(),
          CanonicalJson.parse(stored.envelope().toJson(), 2 * MAX_BODY));
    }
  }
}
