package dev.strongroom.testkit.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/** The API of a cluster, as its administrator uses it. What is refused throws. */
public final class KubeApi implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern SEPARATOR = Pattern.compile("(?m)^---\\s*$");

  private final URI address;
  private final HttpClient http;

  KubeApi(URI address, SSLContext tls) {
    this.address = address;
    this.http =
        HttpClient.newBuilder().sslContext(tls).version(HttpClient.Version.HTTP_1_1).build();
  }

  /** An object with nothing in it but its kind and name. */
  static ObjectNode object(String apiVersion, String kind, String name) {
    ObjectNode object = JSON.createObjectNode().put("apiVersion", apiVersion).put("kind", kind);
    object.putObject("metadata").put("name", name);
    return object;
  }

  boolean isReady() throws InterruptedException {
    try {
      return send("GET", "/readyz", "application/json", "").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Makes a namespace. */
  public void namespace(String name) {
    create("/api/v1/namespaces", object("v1", "Namespace", name));
  }

  /** Makes a service account. */
  public void serviceAccount(String namespace, String name) {
    create(core(namespace, "serviceaccounts"), object("v1", "ServiceAccount", name));
  }

  /**
   * Makes a pod, scheduled and, by its status, running.
   *
   * @return its uid
   */
  public String pod(KubePod pod) {
    JsonNode made = create(core(pod.namespace(), "pods"), pod.object());
    patch(
        core(pod.namespace(), "pods/" + pod.name() + "/status"),
        "application/merge-patch+json",
        pod.status());
    return made.at("/metadata/uid").asText();
  }

  /** Puts a container for debugging into a pod, as {@code kubectl debug} does. */
  public void debug(String namespace, String pod, String container) {
    patch(
        core(namespace, "pods/" + pod + "/ephemeralcontainers"),
        "application/strategic-merge-patch+json",
        parse(
            """
            {"spec":{"ephemeralContainers":[
              {"name":"%s","image":"registry.example/shell:1"}]}}
            """
                .formatted(container)));
  }

  /** Takes a pod away at once, as {@code kubectl delete --force} does. */
  public void deleteNow(String namespace, String pod) {
    call("DELETE", core(namespace, "pods/" + pod) + "?gracePeriodSeconds=0", "");
  }

  /** Asks for the end of a pod: it gets a deletionTimestamp, and stays without a kubelet. */
  public void terminate(String namespace, String pod) {
    call("DELETE", core(namespace, "pods/" + pod) + "?gracePeriodSeconds=3600", "");
  }

  /** A token as a kubelet asks for it: bound to this pod. */
  public String boundToken(String namespace, String account, String audience, KubePod pod) {
    return token(
        namespace,
        account,
        "\"audiences\":[\"%s\"],\"boundObjectRef\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"%s\"}"
            .formatted(audience, pod.name()));
  }

  /** A token that is bound to nothing. */
  public String unboundToken(String namespace, String account, String audience) {
    return token(namespace, account, "\"audiences\":[\"" + audience + "\"]");
  }

  private String token(String namespace, String account, String spec) {
    return create(
            core(namespace, "serviceaccounts/" + account + "/token"),
            parse(
                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\","
                    + "\"spec\":{\"expirationSeconds\":600,"
                    + spec
                    + "}}"))
        .at("/status/token")
        .asText();
  }

  /** Whether the API server says that the token is good for this audience. */
  public boolean reviews(String token, String audience) {
    ObjectNode review = JSON.createObjectNode();
    review.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
    review.putObject("spec").put("token", token).putArray("audiences").add(audience);
    return create("/apis/authentication.k8s.io/v1/tokenreviews", review)
        .at("/status/authenticated")
        .asBoolean();
  }

  /**
   * Waits until the cluster's authorisation has heard that a user may do something, which takes it
   * some moments after a binding was made.
   *
   * @param attributes resource attributes of a SubjectAccessReview, in JSON
   */
  public void awaitAllowed(String user, String attributes) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!allows(user, attributes)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(user + " is never allowed " + attributes);
      }
    }
  }

  private boolean allows(String user, String attributes) {
    ObjectNode review = JSON.createObjectNode();
    review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
    review.putObject("spec").put("user", user).set("resourceAttributes", parse(attributes));
    return create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        .at("/status/allowed")
        .asBoolean();
  }

  /** Creates each object of a manifest, in its order. */
  public void apply(String yaml) {
    documents(yaml)
        .forEach(document -> call("POST", collection(document), "application/yaml", document));
  }

  private static Stream<String> documents(String yaml) {
    return SEPARATOR.splitAsStream(yaml).filter(document -> !document.isBlank());
  }

  private static String collection(String document) {
    String version = member(document, "apiVersion");
    String root = version.contains("/") ? "/apis/" + version : "/api/" + version;
    List<String> namespace = members(document, "  namespace");
    return root
        + (namespace.isEmpty() ? "" : "/namespaces/" + namespace.getFirst())
        + "/"
        + member(document, "kind").toLowerCase(Locale.ROOT)
        + "s";
  }

  private static String member(String document, String name) {
    return members(document, name).getFirst();
  }

  private static List<String> members(String document, String name) {
    return Pattern.compile("(?m)^" + name + ": *(\\S+)")
        .matcher(document)
        .results()
        .map((MatchResult match) -> match.group(1))
        .toList();
  }

  static String core(String namespace, String rest) {
    return "/api/v1/namespaces/" + namespace + "/" + rest;
  }

  JsonNode create(String path, JsonNode object) {
    return call("POST", path, object.toString());
  }

  private void patch(String path, String type, JsonNode patch) {
    call("PATCH", path, type, patch.toString());
  }

  private JsonNode call(String method, String path, String body) {
    return call(method, path, "application/json", body);
  }

  private JsonNode call(String method, String path, String type, String body) {
    try {
      HttpResponse<String> answer = send(method, path, type, body);
      if (answer.statusCode() / 100 != 2) {
        throw new IllegalStateException(
            method + " " + path + ": " + answer.statusCode() + " " + answer.body());
      }
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private HttpResponse<String> send(String method, String path, String type, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(address.resolve(path))
            .timeout(PATIENCE)
            .header("Content-Type", type)
            .header("Accept", "application/json")
            .method(method, BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  static ObjectNode parse(String json) {
    try {
      return (ObjectNode) JSON.readTree(json);
    } catch (IOException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  static ObjectNode changed(ObjectNode object, Consumer<ObjectNode> change) {
    ObjectNode copy = object.deepCopy();
    change.accept(copy);
    return copy;
  }

  @Override
  public void close() {
    http.close();
  }
}
