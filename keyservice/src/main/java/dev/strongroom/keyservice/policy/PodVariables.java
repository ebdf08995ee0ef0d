package dev.strongroom.keyservice.policy;

import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.event.PodPosture.Container;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A pod in the environment of conditions: {@code workload.pod.*}. */
final class PodVariables {
  private static final String PREFIX = "workload.pod.";

  private PodVariables() {}

  static void put(PodPosture pod, Map<String, Object> variables) {
    variables.put(PREFIX + "namespace", pod.namespace());
    variables.put(PREFIX + "name", pod.name());
    variables.put(PREFIX + "uid", pod.uid());
    variables.put(PREFIX + "node", pod.node());
    variables.put(PREFIX + "serviceAccount", pod.serviceAccount());
    variables.put(PREFIX + "runtimeClass", Objects.requireNonNullElse(pod.runtimeClass(), ""));
    variables.put(PREFIX + "hostNetwork", pod.hostNetwork());
    variables.put(PREFIX + "hostPid", pod.hostPid());
    variables.put(PREFIX + "hostIpc", pod.hostIpc());
    variables.put(PREFIX + "shareProcessNamespace", pod.shareProcessNamespace());
    variables.put(PREFIX + "automount", pod.automount());
    variables.put(PREFIX + "privileged", !pod.named(Container::privileged).isEmpty());
    variables.put(PREFIX + "hostPaths", pod.hostPaths());
    variables.put(PREFIX + "capabilities", capabilities(pod));
    variables.put(PREFIX + "imageDigests", pod.imageDigests());
    variables.put(
        PREFIX + "containers", pod.containers().stream().map(PodVariables::container).toList());
  }

  private static List<String> capabilities(PodPosture pod) {
    return pod.containers().stream()
        .flatMap(container -> container.addedCapabilities().stream())
        .distinct()
        .toList();
  }

  private static Map<String, Object> container(Container container) {
    return Map.of(
        "name", container.name(),
        "kind", container.kind().wireName(),
        "image", container.image(),
        "imageDigest", Objects.requireNonNullElse(container.imageDigest(), ""),
        "privileged", container.privileged(),
        "capabilities", container.addedCapabilities(),
        "nvidiaVisibleDevices", container.nvidiaVisibleDevices(),
        "overridden", container.overridden(),
        "mountsIdentity", container.mountsIdentity());
  }
}
