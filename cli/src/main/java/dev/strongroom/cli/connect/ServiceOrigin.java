package dev.strongroom.cli.connect;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.net.URI;
import java.net.URISyntaxException;

/** The origin of a key service, as it stands in trust bundles and signed requests. */
public final class ServiceOrigin {
  private ServiceOrigin() {}

  /**
   * Reads an origin such as {@code https://keys.example.org:8443}.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it is not one
   */
  public static URI parse(String text) {
    try {
      return check(new URI(text));
    } catch (URISyntaxException e) {
      throw refused(text);
    }
  }

  static URI check(URI origin) {
    String path = origin.getRawPath();
    boolean bare =
        (path == null || path.isEmpty())
            && origin.getRawQuery() == null
            && origin.getRawFragment() == null
            && origin.getRawUserInfo() == null;
    if (!"https".equals(origin.getScheme()) || origin.getHost() == null || !bare) {
      throw refused(origin.toString());
    }
    return origin;
  }

  private static Problem refused(String text) {
    return new Problem(
        ProblemCode.CONFIGURATION_INVALID,
        "the service '" + text + "' is not an origin such as https://keys.example.org:8443"
            + " (no path, no slash at its end)");
  }
}
