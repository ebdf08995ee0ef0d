package dev.strongroom.delivery.source;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The origins that ciphertext may be fetched from, named by the operator. A presigned URL of any
 * other place is refused: an answer must not be able to send the workload elsewhere.
 */
public final class StorageHosts {
  private final Set<String> origins;

  private StorageHosts(Set<String> origins) {
    this.origins = origins;
  }

  /**
   * @param origins each {@code https://host}, {@code https://host:port}, or {@code http://...} for
   *     storage without TLS; a bare host means {@code https}
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} for another form, or none
   */
  public static StorageHosts of(List<String> origins) {
    if (origins.isEmpty()) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "name at least one origin in storageHosts, for example https://s3.example.org");
    }
    return new StorageHosts(
        origins.stream().map(StorageHosts::configured).collect(Collectors.toUnmodifiableSet()));
  }

  /**
   * The origin of a URL, and no other: for who is told no origins and will not follow a second one.
   *
   * @throws Problem {@link ProblemCode#STORAGE_HOST_REFUSED} when it has none
   */
  public static StorageHosts ofUrl(String url) {
    try {
      String origin = originOf(new URI(url));
      if (origin != null) {
        return new StorageHosts(Set.of(origin));
      }
    } catch (URISyntaxException e) {
      // The cause would repeat the URL, which is a secret.
    }
    throw refused("an unreadable place");
  }

  /** The origins, in a text for people. */
  @Override
  public String toString() {
    return String.join(", ", new TreeSet<>(origins));
  }

  private static String configured(String text) {
    String origin = null;
    try {
      URI uri = new URI(text.contains("://") ? text : "https://" + text);
      boolean bare =
          (uri.getRawPath() == null || uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
              && uri.getRawQuery() == null;
      origin = bare ? originOf(uri) : null;
    } catch (URISyntaxException e) {
      // Reported below, like every other form that is no origin.
    }
    if (origin == null) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "an entry of storageHosts is an origin such as https://s3.example.org:9000");
    }
    return origin;
  }

  /**
   * The URL, when its origin is one of these.
   *
   * @throws Problem {@link ProblemCode#STORAGE_HOST_REFUSED} when it is not, or is no URL
   */
  public URI check(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      // The cause would repeat the URL, which is a secret.
      throw refused("an unreadable place");
    }
    String origin = originOf(uri);
    if (origin == null || !origins.contains(origin)) {
      throw refused(origin == null ? "an unreadable place" : origin);
    }
    return uri;
  }

  private static Problem refused(String origin) {
    return new Problem(
        ProblemCode.STORAGE_HOST_REFUSED,
        "the service sent an object URL at "
            + origin
            + "; if that is the storage, add it to storageHosts (publishing: or name it with"
            + " --storage)");
  }

  private static @org.jspecify.annotations.Nullable String originOf(URI uri) {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    boolean known = scheme.equals("https") || scheme.equals("http");
    if (!known || uri.getHost() == null || uri.getRawUserInfo() != null) {
      return null;
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
    return scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + ":" + port;
  }
}
