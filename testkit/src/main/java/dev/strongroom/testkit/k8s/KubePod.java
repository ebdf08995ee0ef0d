package dev.strongroom.testkit.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;

/**
 * A pod as the injector would leave it: our sidecar, which alone mounts a token for our audience,
 * and a server beside it. Changes give other pods.
 */
public final class KubePod {
  /** The image of the sidecar, as its node reports it. */
  public static final String SIDECAR_DIGEST = "sha256:" + "5".repeat(64);

  private final String namespace;
  private final String name;
  private final ObjectNode object;

  private KubePod(String namespace, String name, ObjectNode object) {
    this.namespace = namespace;
    this.name = name;
    this.object = object;
  }

  /**
   * The pod.
   *
   * @param account its service account
   * @param audience of the token in its volume
   */
  public static KubePod of(String namespace, String name, String account, String audience) {
    return new KubePod(
        namespace,
        name,
        KubeApi.parse(
            """
            {"apiVersion":"v1","kind":"Pod",
             "metadata":{"name":"%1$s","namespace":"%2$s"},
             "spec":{
               "serviceAccountName":"%3$s","automountServiceAccountToken":false,
               "nodeName":"node-1",
               "initContainers":[{
                 "name":"strongroom","image":"registry.example/strongroom/sidecar:1@%6$s",
                 "restartPolicy":"Always",
                 "volumeMounts":[{"name":"identity","mountPath":"/run/identity"}]}],
               "containers":[{
                 "name":"server","image":"registry.example/server@sha256:%4$s"}],
               "volumes":[{
                 "name":"identity",
                 "projected":{"sources":[{"serviceAccountToken":{
                   "audience":"%5$s","expirationSeconds":600,"path":"token"}}]}}]}}
            """
                .formatted(name, namespace, account, "7".repeat(64), audience, SIDECAR_DIGEST)));
  }

  /** The same pod, changed before it is made. */
  public KubePod with(Consumer<ObjectNode> change) {
    return new KubePod(namespace, name, KubeApi.changed(object, change));
  }

  /**
   * The same pod, with its spec changed by a merge (RFC 7396).
   *
   * @param spec JSON
   */
  public KubePod withSpec(String spec) {
    return with(pod -> merge((ObjectNode) pod.get("spec"), KubeApi.parse(spec)));
  }

  /**
   * The same pod, with its server's container changed by a merge.
   *
   * @param container JSON
   */
  public KubePod withServer(String container) {
    return with(pod -> merge((ObjectNode) pod.at("/spec/containers/0"), KubeApi.parse(container)));
  }

  /**
   * The same pod, with our sidecar's container changed by a merge.
   *
   * @param container JSON
   */
  public KubePod withSidecar(String container) {
    return with(
        pod -> merge((ObjectNode) pod.at("/spec/initContainers/0"), KubeApi.parse(container)));
  }

  /** The same pod, with one volume more. */
  public KubePod withVolume(String volume) {
    return with(pod -> ((ArrayNode) pod.at("/spec/volumes")).add(KubeApi.parse(volume)));
  }

  private static void merge(ObjectNode target, ObjectNode patch) {
    for (var member : patch.properties()) {
      if (member.getValue().isNull()) {
        target.remove(member.getKey());
      } else {
        target.set(member.getKey(), member.getValue());
      }
    }
  }

  public String namespace() {
    return namespace;
  }

  public String name() {
    return name;
  }

  ObjectNode object() {
    return object;
  }

  /** What a kubelet would say while the sidecar runs and the server waits for it. */
  JsonNode status() {
    return KubeApi.parse(
        """
        {"status":{"phase":"Pending","podIP":"10.1.2.3","initContainerStatuses":[{
          "name":"strongroom","ready":true,"restartCount":0,
          "image":"registry.example/strongroom/sidecar:1",
          "imageID":"registry.example/strongroom/sidecar@%s"}],
          "containerStatuses":[{
          "name":"server","ready":false,"restartCount":0,"image":"","imageID":""}]}}
        """
            .formatted(SIDECAR_DIGEST));
  }
}
