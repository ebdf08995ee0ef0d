package dev.strongroom.keyservice.identity.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KubernetesConfig;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.IdentityKind;
import dev.strongroom.keyservice.identity.ParsedToken;
import dev.strongroom.keyservice.identity.TokenVerifier;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks a cluster whose a token is (TokenReview, {@code authentication.k8s.io/v1}), with our
 * audience and each time anew. The identity is what the API server answers; of the token itself
 * only its end is kept, after the review. A token that is bound to no pod is refused: nothing says
 * that what sends it lives.
 *
 * <p>A positive answer may come from the API server's memory of the last ten seconds: whether the
 * pod still lives is for {@code posture} to find out.
 */
public final class TokenReviewVerifier implements TokenVerifier {
  private static final String REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";
  private static final String EXTRA = "authentication.kubernetes.io/";
  private static final String ACCOUNT = "system:serviceaccount:";
  private static final int ACCOUNT_PARTS = 4;
  private static final long LAST_SECOND = 253_402_300_799L; // the end of the year 9999

  private final KubernetesConfig config;
  private final ApiServer server;
  private final InstantSource clock;

  public TokenReviewVerifier(KubernetesConfig config, ApiServer server, InstantSource clock) {
    this.config = config;
    this.server = server;
    this.clock = clock;
  }

  /**
   * {@inheritDoc}
   *
   * @throws Problem {@link ProblemCode#TOKEN_REFUSED} when the cluster does not authenticate it;
   *     {@link ProblemCode#TOKEN_AUDIENCE_MISMATCH}, {@link ProblemCode#TOKEN_EXPIRED}, {@link
   *     ProblemCode#TOKEN_CLAIM_MISSING} for a token that is bound to no pod or no node; what
   *     {@link ApiServer#create} throws
   */
  @Override
  public Identity verify(String token) {
    Instant end = requireWorthAsking(ParsedToken.parse(token).claims());
    JsonNode status = server.create(REVIEWS, review(token)).path("status");
    requireAuthenticated(status);
    return identity(status.path("user"), end);
  }

  // What is wrong by its own words costs the cluster no call; what is right by them means nothing.
  private Instant requireWorthAsking(ObjectNode claims) {
    if (!config.issuer().equals(claims.path("iss").textValue())) {
      throw new Problem(
          ProblemCode.TOKEN_ISSUER_UNKNOWN,
          "the token is of another issuer (iss) than the cluster");
    }
    if (!holds(claims.path("aud"), config.audience())) {
      throw otherAudience();
    }
    JsonNode end = claims.path("exp");
    if (!end.isIntegralNumber() || !end.canConvertToLong()) {
      throw new Problem(ProblemCode.TOKEN_CLAIM_MISSING, "the token has no end (exp)");
    }
    Instant expiresAt = Instant.ofEpochSecond(Math.clamp(end.longValue(), 0L, LAST_SECOND));
    if (!clock.instant().isBefore(expiresAt)) {
      throw new Problem(
          ProblemCode.TOKEN_EXPIRED,
          "the token has run out; read the one that the kubelet renewed");
    }
    return expiresAt;
  }

  private ObjectNode review(String token) {
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    review.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
    review.putObject("spec").put("token", token).putArray("audiences").add(config.audience());
    return review;
  }

  // What its error says is for the operator of the cluster, and stands in the API server's log.
  private void requireAuthenticated(JsonNode status) {
    if (!status.path("authenticated").booleanValue()) {
      throw new Problem(
          ProblemCode.TOKEN_REFUSED,
          "the cluster does not accept the token: its signature does not hold, or its service"
              + " account or pod is gone");
    }
    // An API server that knows no audiences answers yes without naming any.
    if (!holds(status.path("audiences"), config.audience())) {
      throw otherAudience();
    }
  }

  private Identity identity(JsonNode user, Instant end) {
    String subject = user.path("username").asText();
    String[] account = subject.split(":", -1);
    if (!subject.startsWith(ACCOUNT) || account.length != ACCOUNT_PARTS) {
      throw new Problem(
          ProblemCode.TOKEN_REFUSED, "the token is not one of a service account of the cluster");
    }
    JsonNode extra = user.path("extra");
    Map<String, Object> bound = new LinkedHashMap<>();
    bound.put("namespace", account[2]);
    bound.put("serviceaccount", Map.of("name", account[3], "uid", user.path("uid").asText()));
    bound.put(
        "pod", Map.of("name", required(extra, "pod-name"), "uid", required(extra, "pod-uid")));
    bound.put("node", node(extra));
    bound.put("groups", texts(user.path("groups")));
    return new Identity(
            config.issuer(), subject, Map.of("kubernetes.io", bound), credential(extra), end)
        .as(IdentityKind.KUBERNETES);
  }

  private static Map<String, Object> node(JsonNode extra) {
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("name", required(extra, "node-name"));
    String uid = first(extra, "node-uid");
    if (uid != null) {
      node.put("uid", uid);
    }
    return node;
  }

  /** The id of the token: {@code JTI=} and a UUID. */
  private static @Nullable String credential(JsonNode extra) {
    return first(extra, "credential-id");
  }

  private static String required(JsonNode extra, String name) {
    String value = first(extra, name);
    if (value == null) {
      throw new Problem(
          ProblemCode.TOKEN_CLAIM_MISSING,
          "the token is not bound to a pod on a node ("
              + EXTRA
              + name
              + "): use the projected token of the pod's own volume");
    }
    return value;
  }

  private static @Nullable String first(JsonNode extra, String name) {
    JsonNode values = extra.path(EXTRA + name);
    String value = values.size() == 1 ? values.get(0).textValue() : null;
    return value == null || value.isEmpty() ? null : value;
  }

  private static List<String> texts(JsonNode values) {
    List<String> texts = new ArrayList<>();
    values.forEach(value -> texts.add(value.asText()));
    return List.copyOf(texts);
  }

  private static boolean holds(JsonNode audiences, String ours) {
    if (audiences.isTextual()) {
      return audiences.textValue().equals(ours);
    }
    for (JsonNode each : audiences) {
      if (ours.equals(each.textValue())) {
        return true;
      }
    }
    return false;
  }

  private Problem otherAudience() {
    return new Problem(
        ProblemCode.TOKEN_AUDIENCE_MISMATCH,
        "the token is for another audience; project one for '" + config.audience() + "'");
  }
}
