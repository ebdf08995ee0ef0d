package dev.strongroom.keyservice.identity;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;

/** What proves an identity. */
public enum IdentityKind {
  /** A token of a configured issuer. */
  OIDC,
  /** A token of a service account, bound to a live pod. */
  KUBERNETES,
  /** A JWT-SVID. */
  SPIFFE_JWT,
  /** An X.509-SVID as the client certificate of the connection. */
  SPIFFE_X509;

  /** What one request can prove, the first saying who it is: a token, a certificate, or both. */
  public static final List<List<IdentityKind>> TOGETHER =
      List.of(
          List.of(OIDC),
          List.of(KUBERNETES),
          List.of(SPIFFE_JWT),
          List.of(SPIFFE_X509),
          List.of(OIDC, SPIFFE_X509),
          List.of(KUBERNETES, SPIFFE_X509),
          List.of(SPIFFE_JWT, SPIFFE_X509));

  /** As policies and the log write it: lower case with hyphens. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
