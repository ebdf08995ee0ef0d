package dev.strongroom.keyservice.posture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.event.PodPosture.Container;
import dev.strongroom.core.event.PodPosture.Kind;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KubernetesConfig.SidecarConfig;
import dev.strongroom.keyservice.policy.ClusterView.Fault;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What has to be so for any pod, whatever a policy says. */
final class PodChecks {
  private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

  private PodChecks() {}

  /**
   * Why this is not the live pod that the token is bound to; empty when it is.
   *
   * @param pod as the API server has it now; null for none
   */
  static Optional<Fault> liveness(BoundPod bound, @Nullable JsonNode pod) {
    Map<String, String> seen = new LinkedHashMap<>();
    seen.put("pod", bound.namespace() + "/" + bound.name());
    seen.put("token.podUid", bound.uid());
    seen.put("token.node", bound.node());
    if (pod == null) {
      return Optional.of(notLive(seen, "the pod would have to exist; it was deleted"));
    }
    String uid = pod.at("/metadata/uid").asText();
    String deletion = pod.at("/metadata/deletionTimestamp").asText();
    String phase = pod.at("/status/phase").asText();
    String node = pod.at("/spec/nodeName").asText();
    String account = pod.at("/spec/serviceAccountName").asText();
    seen.put("pod.uid", uid);
    seen.put("pod.node", node);
    seen.put("pod.serviceAccount", account);
    seen.put("pod.phase", phase);
    if (!uid.equals(bound.uid())) {
      return Optional.of(
          notLive(seen, "the token would have to be that of the pod which has this name now"));
    }
    if (!deletion.isEmpty()) {
      seen.put("pod.deletionTimestamp", deletion);
      return Optional.of(
          notLive(
              seen, "the pod would have to live on; its end was asked for (deletionTimestamp)"));
    }
    if (ENDED.contains(phase)) {
      return Optional.of(notLive(seen, "the pod would have to run; it ended"));
    }
    if (!node.equals(bound.node()) || !account.equals(bound.account())) {
      return Optional.of(
          notLive(seen, "node and service account of pod and token would have to be the same"));
    }
    return Optional.empty();
  }

  private static Fault notLive(Map<String, String> seen, String wouldChange) {
    return new Fault(
        ProblemCode.POD_NOT_LIVE,
        new Clause("pod liveness", false, "the pod of the token lives", seen, wouldChange));
  }

  /** What is wrong with the pod; empty for nothing. */
  static List<Fault> faults(PodPosture pod, String audience, @Nullable SidecarConfig sidecar) {
    List<Fault> faults = new ArrayList<>();
    List<String> holders = pod.named(Container::mountsIdentity);
    if (holders.size() != 1) {
      faults.add(
          forbidden(
              "pod identity token",
              "one container, and no other, mounts a token for '" + audience + "'",
              Map.of("mounted by", holders.toString()),
              "the volume with that token would have to be mounted in our own container alone"));
    }
    if (sidecar != null) {
      sidecar(pod, sidecar).ifPresent(faults::add);
    }
    return faults;
  }

  private static Optional<Fault> sidecar(PodPosture pod, SidecarConfig wanted) {
    String text =
        "container '" + wanted.container() + "' has one of the images " + wanted.imageDigests();
    Optional<Container> found =
        pod.containers().stream()
            .filter(each -> each.name().equals(wanted.container()))
            .findFirst();
    if (found.isEmpty()) {
      return Optional.of(
          forbidden(
              "pod sidecar",
              text,
              Map.of("containers", pod.named(each -> true).toString()),
              "the pod would have to be injected with our container"));
    }
    Container own = found.get();
    List<String> wrong = wrong(own, wanted);
    return wrong.isEmpty()
        ? Optional.empty()
        : Optional.of(forbidden("pod sidecar", text, seen(own), String.join("; ", wrong)));
  }

  private static List<String> wrong(Container own, SidecarConfig wanted) {
    List<String> wrong = new ArrayList<>();
    if (own.kind() != Kind.SIDECAR && own.kind() != Kind.INIT) {
      wrong.add("it would have to be among the init containers");
    }
    if (own.imageDigest() == null || !wanted.imageDigests().contains(own.imageDigest())) {
      wrong.add("it would have to run an image that identity.kubernetes[].sidecar lists");
    } else if (!own.image().endsWith("@" + own.imageDigest())) {
      wrong.add("the pod would have to pin its image by digest (NAME@sha256:...)");
    }
    if (own.overridden()) {
      wrong.add(
          "the pod would have to leave its command, hooks, variables and code as the image has them"
              + " (docs/guide/kubernetes-identity.md)");
    }
    if (!own.mountsIdentity()) {
      wrong.add("it would have to be what mounts the identity token");
    }
    return wrong;
  }

  private static Map<String, String> seen(Container own) {
    return Map.of(
        "kind", own.kind().wireName(),
        "image", own.image(),
        "imageDigest", own.imageDigest() == null ? "(not reported)" : own.imageDigest(),
        "overridden", Boolean.toString(own.overridden()),
        "mountsIdentity", Boolean.toString(own.mountsIdentity()));
  }

  static Fault forbidden(String name, String text, Map<String, String> seen, String wouldChange) {
    return new Fault(
        ProblemCode.POSTURE_FORBIDDEN, new Clause(name, false, text, seen, wouldChange));
  }
}
