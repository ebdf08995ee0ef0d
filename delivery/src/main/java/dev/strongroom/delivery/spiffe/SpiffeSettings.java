package dev.strongroom.delivery.spiffe;

import dev.strongroom.core.problem.Require;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which SVIDs a workload shows.
 *
 * @param workloadApi {@code unix:} and the path of the socket
 * @param kinds of {@value #JWT}, sent as the identity token, and {@value #X509}, shown as the
 *     client certificate; null for {@value #X509}
 * @param audience of JWT-SVIDs: the one that the key service wants
 * @param spiffeId which one to take where the workload has several; null for the first
 */
public record SpiffeSettings(
    String workloadApi,
    @Nullable List<String> kinds,
    @Nullable String audience,
    @Nullable String spiffeId) {
  public static final String JWT = "jwt";
  public static final String X509 = "x509";

  /**
   * @throws dev.strongroom.core.problem.Problem when a member is missing or out of range
   */
  public SpiffeSettings {
    Require.present(workloadApi, "spiffe.workloadApi");
    Require.that(
        workloadApi.startsWith("unix:/"), "spiffe.workloadApi is unix:/path/of/the/socket");
    kinds = kinds == null ? List.of(X509) : List.copyOf(kinds);
    Require.that(
        !kinds.isEmpty() && Set.of(JWT, X509).containsAll(kinds), "spiffe.kinds are jwt and x509");
    Require.that(
        kinds.contains(JWT) == (audience != null),
        "spiffe.audience is wanted where spiffe.kinds names jwt, and only there");
  }

  /** Whether the identity token is a JWT-SVID. */
  public boolean jwt() {
    return audience != null;
  }

  /** Whether the client certificate is an X.509-SVID. */
  public boolean x509() {
    return kinds != null && kinds.contains(X509);
  }
}
