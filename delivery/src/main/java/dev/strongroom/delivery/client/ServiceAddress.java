package dev.strongroom.delivery.client;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where the key service is, and who it is.
 *
 * @param base the URL to connect to: https, without path and query
 * @param origin the origin in the trust bundle, which is what is signed; it differs from the base
 *     behind a port forward
 */
public record ServiceAddress(URI base, String origin) {

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the URL is not the root of an
   *     https server
   */
  public static ServiceAddress of(String url, String origin) {
    try {
      URI uri = new URI(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
      if ("https".equalsIgnoreCase(uri.getScheme())
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null
          && uri.getRawPath().isEmpty()) {
        return new ServiceAddress(uri, origin);
      }
    } catch (URISyntaxException e) {
      // Reported below, like every other form.
    }
    throw new Problem(
        ProblemCode.CONFIGURATION_INVALID,
        "service is the key service's URL without a path, for example https://keys.example.org");
  }
}
