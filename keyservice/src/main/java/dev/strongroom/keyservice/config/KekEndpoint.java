package dev.strongroom.keyservice.config;

import java.net.URI;
import java.util.Set;

/** Under which URLs a key backend may be reached: data keys cross the connection. */
final class KekEndpoint {
  private static final Set<String> THIS_MACHINE = Set.of("127.0.0.1", "[::1]", "localhost");

  private KekEndpoint() {}

  /** Whether nobody reads along: TLS, or a connection that does not leave this machine. */
  static boolean isProtected(URI endpoint) {
    return endpoint.getHost() != null
        && ("https".equals(endpoint.getScheme())
            || ("http".equals(endpoint.getScheme()) && THIS_MACHINE.contains(endpoint.getHost())));
  }
}
