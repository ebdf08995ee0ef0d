package dev.strongroom.keyservice.posture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.event.PodPosture.Container;
import dev.strongroom.core.event.PodPosture.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Takes from a pod, as the API server has it (core/v1), what bears on who may read the weights. */
final class PodParser {
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}$");
  private static final Set<String> NO_DEVICES = Set.of("void", "none");

  private static final String DEVICES = "NVIDIA_VISIBLE_DEVICES";

  /**
   * Variables that run nothing. Shells, loaders, JVMs and launchers have ever more of the others,
   * and nobody lists them all.
   */
  private static final Set<String> HARMLESS =
      Set.of(
          "POD_NAME",
          "POD_NAMESPACE",
          "POD_UID",
          "POD_IP",
          "NODE_NAME",
          "HOST_IP",
          "TZ",
          "SPIFFE_ENDPOINT_SOCKET",
          DEVICES);

  private final String audience;

  /**
   * @param audience ours
   */
  PodParser(String audience) {
    this.audience = audience;
  }

  /**
   * @throws dev.strongroom.core.problem.Problem {@link
   *     dev.strongroom.core.problem.ProblemCode#MALFORMED_REQUEST} when there is more of it than an
   *     entry of the log holds
   */
  PodPosture posture(JsonNode pod) {
    JsonNode metadata = pod.path("metadata");
    JsonNode spec = pod.path("spec");
    return new PodPosture(
        metadata.path("namespace").asText(),
        metadata.path("name").asText(),
        metadata.path("uid").asText(),
        spec.path("nodeName").asText(),
        spec.path("serviceAccountName").asText(),
        spec.path("runtimeClassName").textValue(),
        spec.path("hostNetwork").booleanValue(),
        spec.path("hostPID").booleanValue(),
        spec.path("hostIPC").booleanValue(),
        spec.path("shareProcessNamespace").booleanValue(),
        !tokenVolumes(spec, null).isEmpty(),
        hostPaths(spec),
        containers(spec, pod.path("status")));
  }

  private List<Container> containers(JsonNode spec, JsonNode status) {
    Set<String> identity = tokenVolumes(spec, audience);
    List<Container> containers = new ArrayList<>();
    for (JsonNode each : spec.path("initContainers")) {
      boolean stays = "Always".equals(each.path("restartPolicy").textValue());
      Kind kind = stays ? Kind.SIDECAR : Kind.INIT;
      containers.add(container(each, kind, status.path("initContainerStatuses"), identity));
    }
    for (JsonNode each : spec.path("containers")) {
      containers.add(container(each, Kind.CONTAINER, status.path("containerStatuses"), identity));
    }
    for (JsonNode each : spec.path("ephemeralContainers")) {
      containers.add(
          container(each, Kind.EPHEMERAL, status.path("ephemeralContainerStatuses"), identity));
    }
    return containers;
  }

  private static Container container(
      JsonNode container, Kind kind, JsonNode statuses, Set<String> identityVolumes) {
    String name = container.path("name").asText();
    JsonNode security = container.path("securityContext");
    return new Container(
        name,
        kind,
        container.path("image").asText(),
        digest(container.path("image").asText(), name, statuses),
        security.path("privileged").booleanValue()
            || security.path("windowsOptions").path("hostProcess").booleanValue(),
        capabilities(security.path("capabilities").path("add")),
        setsDevices(container),
        overrides(container),
        mounts(container, identityVolumes));
  }

  // The image of a container can be changed, and its status lags behind: a digest is known only
  // while the two do not contradict each other.
  private static @Nullable String digest(String image, String name, JsonNode statuses) {
    String pinned = digestOf(image);
    for (JsonNode status : statuses) {
      String running = status.path("imageID").asText();
      if (name.equals(status.path("name").textValue()) && !running.isEmpty()) {
        String digest = digestOf(running);
        return pinned == null || pinned.equals(digest) ? digest : null;
      }
    }
    return pinned;
  }

  private static @Nullable String digestOf(String reference) {
    Matcher digest = DIGEST.matcher(reference);
    return digest.find() ? digest.group() : null;
  }

  private static List<String> capabilities(JsonNode added) {
    List<String> names = new ArrayList<>();
    for (JsonNode each : added) {
      String name = each.asText().toUpperCase(Locale.ROOT);
      names.add(name.startsWith("CAP_") ? name.substring("CAP_".length()) : name);
    }
    return names;
  }

  // What a source holds is not in the pod; what the container sets itself wins over its sources.
  private static boolean setsDevices(JsonNode container) {
    boolean setsNone = false;
    for (JsonNode variable : container.path("env")) {
      if (DEVICES.equals(variable.path("name").textValue())) {
        if (!NO_DEVICES.contains(variable.path("value").asText())) {
          return true;
        }
        setsNone = true;
      }
    }
    boolean mayCome = false;
    for (JsonNode source : container.path("envFrom")) {
      mayCome |= DEVICES.startsWith(source.path("prefix").asText());
    }
    return mayCome && !setsNone;
  }

  // A hook or a probe runs a command in the container, and so reads what it reads.
  private static boolean overrides(JsonNode container) {
    boolean runs = !container.path("command").isEmpty() || !container.path("envFrom").isEmpty();
    for (JsonNode variable : container.path("env")) {
      runs |= !HARMLESS.contains(variable.path("name").asText());
    }
    runs |= MountPaths.mayHideCode(container.path("volumeMounts"));
    for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
      runs |= container.path(probe).has("exec");
    }
    return runs || container.has("lifecycle") || !container.path("volumeDevices").isEmpty();
  }

  private static boolean mounts(JsonNode container, Set<String> volumes) {
    for (JsonNode mount : container.path("volumeMounts")) {
      if (volumes.contains(mount.path("name").asText())) {
        return true;
      }
    }
    return false;
  }

  /**
   * The names of volumes with a token for this audience.
   *
   * @param wanted null for that of the API server, which a token has when none is named
   */
  private static Set<String> tokenVolumes(JsonNode spec, @Nullable String wanted) {
    Set<String> names = new HashSet<>();
    for (JsonNode volume : spec.path("volumes")) {
      for (JsonNode source : volume.path("projected").path("sources")) {
        JsonNode token = source.path("serviceAccountToken");
        String own = token.path("audience").asText();
        if (token.isObject() && own.equals(wanted == null ? "" : wanted)) {
          names.add(volume.path("name").asText());
        }
      }
    }
    return names;
  }

  private static List<String> hostPaths(JsonNode spec) {
    List<String> paths = new ArrayList<>();
    for (JsonNode volume : spec.path("volumes")) {
      if (volume.has("hostPath")) {
        paths.add(volume.path("hostPath").path("path").asText());
      }
    }
    return paths;
  }
}
