package dev.strongroom.keyservice.identity;

import dev.strongroom.core.encoding.Sha256Digest;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What somebody shows to say who he is; nothing of it is verified.
 *
 * @param token empty where there is none
 * @param certificates the client certificate of the connection and its chain; empty where there is
 *     none
 * @param named SHA-256 of the client certificate as the proof key signed it; null where it names
 *     none
 */
public record Presented(
    String token, List<X509Certificate> certificates, @Nullable Sha256Digest named) {
  public Presented {
    certificates = List.copyOf(certificates);
  }

  /** The token is a bearer secret. */
  @Override
  public String toString() {
    return "Presented[" + certificates.size() + " certificates]";
  }
}
