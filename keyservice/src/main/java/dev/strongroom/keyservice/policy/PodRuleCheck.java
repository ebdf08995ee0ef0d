package dev.strongroom.keyservice.policy;

import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.event.PodPosture.Container;
import dev.strongroom.core.event.PodPosture.Kind;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What of a pod a rule does not allow, clause by clause. */
final class PodRuleCheck {
  /**
   * Those that the profile "baseline" of the Pod Security Standards lets containers add; each other
   * reaches beyond its container.
   */
  private static final Set<String> BASELINE =
      Set.of(
          "AUDIT_WRITE",
          "CHOWN",
          "DAC_OVERRIDE",
          "FOWNER",
          "FSETID",
          "KILL",
          "MKNOD",
          "NET_BIND_SERVICE",
          "SETFCAP",
          "SETGID",
          "SETPCAP",
          "SETUID",
          "SYS_CHROOT");

  private final PodRule rule;
  private final PodPosture pod;
  private final List<Clause> refused = new ArrayList<>();

  private PodRuleCheck(PodRule rule, PodPosture pod) {
    this.rule = rule;
    this.pod = pod;
  }

  /** The clauses that fail; empty when the rule allows the pod. */
  static List<Clause> refused(PodRule rule, PodPosture pod) {
    PodRuleCheck check = new PodRuleCheck(rule, pod);
    for (PodFeature feature : PodFeature.values()) {
      check.feature(feature);
    }
    check.hostPaths();
    check.capabilities();
    return check.refused;
  }

  private void feature(PodFeature feature) {
    List<String> where = where(feature);
    if (where.isEmpty() || rule.allow().contains(feature)) {
      return;
    }
    String name = feature.wireName();
    refuse(
        "pod " + name,
        "allow " + RecordJson.of(rule.allow()),
        where,
        "take it from the pod ("
            + setting(feature)
            + "), or list `"
            + name
            + "` in `pods[].allow`");
  }

  private List<String> where(PodFeature feature) {
    return switch (feature) {
      case PRIVILEGED -> pod.named(Container::privileged);
      case HOST_NETWORK -> whole(pod.hostNetwork());
      case HOST_PID -> whole(pod.hostPid());
      case HOST_IPC -> whole(pod.hostIpc());
      case SHARE_PROCESS_NAMESPACE -> whole(pod.shareProcessNamespace());
      case EPHEMERAL_CONTAINERS -> pod.named(each -> each.kind() == Kind.EPHEMERAL);
      case NVIDIA_VISIBLE_DEVICES -> pod.named(Container::nvidiaVisibleDevices);
    };
  }

  private List<String> whole(boolean set) {
    return set ? List.of(pod.name()) : List.of();
  }

  private static String setting(PodFeature feature) {
    return switch (feature) {
      case PRIVILEGED -> "securityContext.privileged";
      case HOST_NETWORK -> "spec.hostNetwork";
      case HOST_PID -> "spec.hostPID";
      case HOST_IPC -> "spec.hostIPC";
      case SHARE_PROCESS_NAMESPACE -> "spec.shareProcessNamespace";
      case EPHEMERAL_CONTAINERS -> "a new pod without spec.ephemeralContainers";
      case NVIDIA_VISIBLE_DEVICES -> "env NVIDIA_VISIBLE_DEVICES";
    };
  }

  private void hostPaths() {
    List<String> others =
        pod.hostPaths().stream().filter(path -> !isAllowed(path)).distinct().toList();
    if (!others.isEmpty()) {
      refuse(
          "pod host-path",
          "hostPaths " + rule.hostPaths(),
          others,
          "take these volumes from the pod, or list their paths in `pods[].hostPaths`");
    }
  }

  // Of a path that leads upwards nobody knows here where it ends.
  private boolean isAllowed(String path) {
    return !List.of(path.split("/", -1)).contains("..")
        && rule.hostPaths().stream()
            .anyMatch(allowed ->
                allowed.equals("/") || path.equals(allowed) || path.startsWith(allowed + "/"));
  }

  private void capabilities() {
    List<String> others =
        pod.containers().stream()
            .flatMap(container -> container.addedCapabilities().stream())
            .filter(name -> !BASELINE.contains(name) && !rule.capabilities().contains(name))
            .distinct()
            .toList();
    if (!others.isEmpty()) {
      refuse(
          "pod capabilities",
          "capabilities " + rule.capabilities(),
          others,
          "take them from securityContext.capabilities.add, or list them in"
              + " `pods[].capabilities`");
    }
  }

  private void refuse(String name, String text, List<String> seen, String wouldChange) {
    refused.add(
        new Clause(
            name + " for " + rule.models(),
            false,
            text,
            Map.of("pod", pod.namespace() + "/" + pod.name(), "seen", seen.toString()),
            wouldChange));
  }
}
