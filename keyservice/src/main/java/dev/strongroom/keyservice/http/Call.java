package dev.strongroom.keyservice.http;

import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request, read whole.
 *
 * @param path as sent, without the query
 * @param parameters those of the path, by name
 * @param query the first value of each
 * @param authorization the {@code Authorization} headers
 * @param proofs the {@code DPoP} headers
 * @param peerAddress where the connection came from, as text
 * @param certificates the client certificate of the connection and its chain, not verified; empty
 *     where there is none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Call(
    String method,
    String path,
    Map<String, String> parameters,
    Map<String, String> query,
    List<String> authorization,
    List<String> proofs,
    String peerAddress,
    List<X509Certificate> certificates,
    byte[] body) {

  /**
   * The body as a message.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} and whatever the message refuses
   */
  public <T> T body(Class<T> type) {
    return CanonicalJson.parse(body, type, Math.max(1, body.length));
  }

  /** A parameter of the path; the router has matched it. */
  public String parameter(String name) {
    String value = parameters.get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no parameter " + name);
    }
    return value;
  }

  public @Nullable String queryValue(String name) {
    return query.get(name);
  }

  /** Never headers or body: they hold tokens. */
  @Override
  public String toString() {
    return "Call[" + method + " " + path + "]";
  }
}
