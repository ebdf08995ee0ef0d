package dev.strongroom.keyservice.http;

import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One route of the service, as {@code openapi.yaml} lists it.
 *
 * @param template path with parameters in braces; {@code {+name}} in the last place takes the rest
 * @param maxBody bytes of body; 0 where none belongs
 * @param answerWithin the longest that the answer may take; null for the listener's usual time
 */
public record Route(
    HttpMethod method,
    String template,
    int maxBody,
    @Nullable Duration answerWithin,
    Endpoint endpoint) {

  /** A route that takes no body. */
  public static Route of(HttpMethod method, String template, Endpoint endpoint) {
    return new Route(method, template, 0, null, endpoint);
  }

  /** A route that takes a JSON body. */
  public static Route withBody(HttpMethod method, String template, int maxBody, Endpoint endpoint) {
    return new Route(method, template, maxBody, null, endpoint);
  }

  /** The same route, for work that takes longer. */
  public Route within(Duration longer) {
    return new Route(method, template, maxBody, longer, endpoint);
  }

  /** The path as OpenAPI writes it. */
  public String documentedPath() {
    return template.replace("{+", "{");
  }

  /** The path as the router takes it. */
  String routerPath() {
    int rest = template.indexOf("{+");
    String path = rest < 0 ? template : template.substring(0, rest) + "*";
    return path.replaceAll("\\{([a-z]+)}", ":$1");
  }

  /** The name of the parameter that takes the rest of the path; empty where there is none. */
  String restParameter() {
    int rest = template.indexOf("{+");
    return rest < 0 ? "" : template.substring(rest + 2, template.length() - 1);
  }
}
