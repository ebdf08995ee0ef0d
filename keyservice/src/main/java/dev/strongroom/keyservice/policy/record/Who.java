package dev.strongroom.keyservice.policy.record;

import static dev.strongroom.keyservice.policy.record.PolicyQuestion.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.ClaimValues;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.IdentityKind;
import dev.strongroom.keyservice.identity.VerifiedCertificate;
import dev.strongroom.keyservice.identity.spiffe.SpiffeNames;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who asks. Only what a request can really prove together is taken: a case about anything else
 * would test nothing.
 *
 * @param claims of the token, besides issuer and subject; null for none
 * @param kinds what was verified; null, as in records that are older than this member, for a token:
 *     of Kubernetes where a cluster showed the workload, of an OIDC issuer else
 * @param x509 the SPIFFE ID of the client certificate; null without one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Who(
    String issuer,
    String subject,
    @Nullable JsonNode claims,
    @Nullable List<IdentityKind> kinds,
    @Nullable String x509) {

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID}
   */
  public Who {
    require(claims == null || claims.isObject(), "claims: a mapping is wanted");
    require(
        kinds == null || IdentityKind.TOGETHER.contains(kinds),
        "kinds: one of oidc, kubernetes, spiffe-jwt is wanted, or spiffe-x509 alone, or spiffe-x509"
            + " after one of them");
    kinds = kinds == null ? null : List.copyOf(kinds);
  }

  static Who of(Identity identity) {
    return new Who(
        identity.issuer(),
        identity.subject(),
        PolicyQuestion.tree(identity.claims()),
        identity.kinds(),
        identity.certificateId());
  }

  /**
   * The identity.
   *
   * @param showsPod whether a cluster showed the workload
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when nobody can be that
   */
  Identity asked(Instant at, boolean showsPod) {
    List<IdentityKind> proved = proved(showsPod);
    IdentityKind first = proved.getFirst();
    require(
        !showsPod || first == IdentityKind.KUBERNETES,
        "kinds: a cluster shows pods of kubernetes tokens alone");
    requireSubject(first);
    requireCertificate(proved);
    return new Identity(
        issuer,
        subject,
        claims instanceof ObjectNode members ? ClaimValues.of(members) : Map.of(),
        null,
        at,
        proved,
        certificate(at));
  }

  private List<IdentityKind> proved(boolean showsPod) {
    if (kinds != null) {
      return kinds;
    }
    return List.of(showsPod ? IdentityKind.KUBERNETES : IdentityKind.OIDC);
  }

  private void requireSubject(IdentityKind first) {
    boolean isSvid =
        switch (first) {
          case OIDC, KUBERNETES -> false;
          case SPIFFE_JWT, SPIFFE_X509 -> true;
        };
    require(
        isSvid
            ? SpiffeNames.issuerOf(subject).filter(issuer::equals).isPresent()
            : !issuer.startsWith("spiffe://"),
        "kinds: an SVID (spiffe-jwt, spiffe-x509), and nothing else, has spiffe:// with the trust"
            + " domain as its issuer and the SPIFFE ID of a workload as its subject");
  }

  private void requireCertificate(List<IdentityKind> proved) {
    require(
        (x509 != null) == proved.contains(IdentityKind.SPIFFE_X509),
        "x509: a SPIFFE ID is wanted where kinds has spiffe-x509, and only there");
    require(
        x509 == null || SpiffeNames.issuerOf(x509).isPresent(),
        "x509: the SPIFFE ID of a workload is wanted");
    require(
        proved.getFirst() != IdentityKind.SPIFFE_X509 || subject.equals(x509),
        "x509: without a token the certificate says who asks: it has to be the subject");
  }

  // A policy sees of a certificate its SPIFFE ID and nothing else: there are no bytes to hash.
  private @Nullable VerifiedCertificate certificate(Instant at) {
    return x509 == null
        ? null
        : new VerifiedCertificate(
            SpiffeNames.issuerOf(x509).orElseThrow(), x509, Sha256Digest.of(new byte[0]), at);
  }
}
