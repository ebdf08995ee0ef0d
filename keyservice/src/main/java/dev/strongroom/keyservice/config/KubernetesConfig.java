package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Bounds;
import dev.strongroom.keyservice.config.yaml.Default;
import dev.strongroom.keyservice.config.yaml.Inline;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A cluster whose service accounts prove identities: its API server is asked about each token,
 * about the pod that the token is bound to, and whether the pod may decrypt.
 *
 * @param issuer exactly the {@code iss} of its tokens
 * @param apiServer {@code https}, without query
 * @param caFile PEM of the authorities that are trusted for it, and no others
 * @param audience what tokens must be for: our own, and never that of the API server, whose tokens
 *     lie in every pod
 * @param credentials how the service proves itself to the API server
 * @param authorisation who says which workloads may decrypt
 * @param sidecar what our own container has to be; null where its image is not checked
 * @param timeout of one call
 * @param concurrentCalls at most; more wait as long as one call may take
 */
public record KubernetesConfig(
    String issuer,
    URI apiServer,
    Path caFile,
    String audience,
    Credentials credentials,
    @Default("rbac") Authorisation authorisation,
    @Nullable SidecarConfig sidecar,
    @Default("3s") @Bounds(min = "100ms", max = "30s") Duration timeout,
    @Default("64") @Bounds(min = "1", max = "4096") Integer concurrentCalls) {

  private static final int MAX_TEXT = 512;

  public KubernetesConfig {
    KeyServiceConfig.check(
        issuer.length() <= MAX_TEXT && !issuer.contains("|"),
        "issuer: at most " + MAX_TEXT + " characters without '|' are wanted");
    KeyServiceConfig.check(
        "https".equals(apiServer.getScheme())
            && apiServer.getHost() != null
            && apiServer.getRawUserInfo() == null
            && apiServer.getRawQuery() == null
            && apiServer.getRawFragment() == null,
        "apiServer: an https URL without query is wanted");
    KeyServiceConfig.check(
        !audience.equals(issuer),
        "audience: one of our own is wanted; '"
            + audience
            + "' is the issuer, and by default the audience of the API server");
  }

  /** How the service proves itself to the API server. */
  public sealed interface Credentials {

    /**
     * A token of a service account, which the kubelet replaces: read for each call.
     *
     * @param path of the file
     */
    @Inline
    record TokenFile(Path path) implements Credentials {}

    /**
     * A certificate that the API server's authority signed; read at the start.
     *
     * @param certificate PEM, leaf first
     * @param key PEM, PKCS#8, readable for its owner alone
     */
    record ClientCertificate(Path certificate, Path key) implements Credentials {}
  }

  /** Who says which workloads may decrypt. */
  public enum Authorisation {
    /** The cluster: verb {@code decrypt} on {@code modelversions}. */
    RBAC,
    /** The bindings of the policy. */
    BINDINGS;

    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What our own container has to be.
   *
   * @param container its name
   * @param imageDigests one of these, as the pod pins it and the node reports it: {@code sha256:}
   *     and 64 hexadecimal digits
   */
  public record SidecarConfig(@Default("strongroom") String container, List<String> imageDigests) {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    public SidecarConfig {
      imageDigests = List.copyOf(imageDigests);
      KeyServiceConfig.check(
          !imageDigests.isEmpty()
              && imageDigests.stream().allMatch(digest -> DIGEST.matcher(digest).matches()),
          "imageDigests: at least one is wanted, each sha256: and 64 lower-case hexadecimal"
              + " digits");
    }
  }
}
