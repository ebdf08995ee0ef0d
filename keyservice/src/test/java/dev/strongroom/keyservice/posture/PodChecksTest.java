package dev.strongroom.keyservice.posture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.event.PodPosture.Container;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KubernetesConfig.SidecarConfig;
import dev.strongroom.keyservice.policy.ClusterView.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from pods, and what no policy can allow, on pods as the API writes them. */
class PodChecksTest {
  private static final String AUDIENCE = "strongroom";
  private static final String OURS = "sha256:" + "5".repeat(64);
  private static final SidecarConfig SIDECAR = new SidecarConfig("strongroom", List.of(OURS));
  private static final BoundPod BOUND =
      new BoundPod("ml", "inference", "chat-0", "uid-1", "node-1", "user", List.of());

  private static JsonNode json(String text) {
    try {
      return StrictJson.mapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  /** A pod of our sidecar and a server. */
  private static String pod() {
    return """
    {"metadata":{"namespace":"ml","name":"chat-0","uid":"uid-1"},
     "spec":{"nodeName":"node-1","serviceAccountName":"inference",
       "initContainers":[{"name":"strongroom","image":"sidecar:1","restartPolicy":"Always",
         "volumeMounts":[{"name":"identity","mountPath":"/run/identity"}]}],
       "containers":[{"name":"server","image":"server:1"}],
       "volumes":[{"name":"identity","projected":{"sources":[
         {"serviceAccountToken":{"audience":"strongroom","path":"token"}}]}}]},
     "status":{"phase":"Running","initContainerStatuses":[
       {"name":"strongroom","imageID":"registry.example/sidecar@SIDECAR"}]}}
    """
        .replace("SIDECAR", OURS);
  }

  private static PodPosture posture(String pod) {
    return new PodParser(AUDIENCE).posture(json(pod));
  }

  private static List<Fault> faults(String pod) {
    return PodChecks.faults(posture(pod), AUDIENCE, SIDECAR);
  }

  private static String sidecar(String more) {
    return pod().replace("\"image\":\"sidecar:1\",", "\"image\":\"sidecar:1\"," + more + ",");
  }

  private static String server(String more) {
    return pod().replace("\"image\":\"server:1\"", "\"image\":\"server:1\"," + more);
  }

  @Test
  void ourPodHasNoFaults() {
    assertEquals(List.of(), faults(pod()));
    assertTrue(PodChecks.liveness(BOUND, json(pod())).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"command\":[\"sh\"]",
        "\"envFrom\":[{\"configMapRef\":{\"name\":\"any\"}}]",
        "\"env\":[{\"name\":\"LD_PRELOAD\",\"value\":\"/x.so\"}]",
        "\"env\":[{\"name\":\"JAVA_TOOL_OPTIONS\",\"value\":\"-javaagent:/x.jar\"}]",
        "\"lifecycle\":{\"postStart\":{\"exec\":{\"command\":[\"sh\"]}}}",
        "\"startupProbe\":{\"exec\":{\"command\":[\"sh\"]}}",
        "\"volumeDevices\":[{\"name\":\"d\",\"devicePath\":\"/dev/x\"}]"
      })
  void aSidecarThatRunsSomethingElseIsNotOurs(String more) {
    assertEquals(List.of("pod sidecar"), names(faults(sidecar(more))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/usr/lib", "/opt/strongroom", "//lib64/x", "/app"})
  void aVolumeOverItsCodeMakesItAnother(String path) {
    String pod =
        pod()
            .replace(
                "\"mountPath\":\"/run/identity\"}",
                "\"mountPath\":\"/run/identity\"},{\"name\":\"x\",\"mountPath\":\"" + path + "\"}");
    assertEquals(List.of("pod sidecar"), names(faults(pod)));
  }

  @Test
  void aSidecarOfAnotherImageKindOrNameIsNotOurs() {
    assertEquals(
        List.of("pod sidecar"), names(faults(pod().replace(OURS, "sha256:" + "6".repeat(64)))));
    assertEquals(List.of("pod sidecar"), names(faults(pod().replace("@" + OURS, ""))));
    assertEquals(
        List.of("pod sidecar"),
        names(faults(pod().replace("\"strongroom\",\"image\"", "\"own\",\"image\""))));
    String moved =
        pod()
            .replace("\"initContainers\"", "\"was\"")
            .replace(
                "\"containers\":[{\"name\":\"server\"", "\"containers\":[{\"name\":\"strongroom\"");
    assertTrue(names(faults(moved)).contains("pod sidecar"), moved);
  }

  @Test
  void theTokenIsForOneContainer() {
    String both = server("\"volumeMounts\":[{\"name\":\"identity\",\"mountPath\":\"/t\"}]");
    assertEquals(List.of("pod identity token"), names(faults(both)));
    String none = pod().replace("\"audience\":\"strongroom\"", "\"audience\":\"other\"");
    assertTrue(names(faults(none)).contains("pod identity token"), none);
    // A second volume with such a token counts as well.
    String second =
        server("\"volumeMounts\":[{\"name\":\"more\",\"mountPath\":\"/t\"}]")
            .replace(
                "\"volumes\":[",
                "\"volumes\":[{\"name\":\"more\",\"projected\":{\"sources\":[{\"serviceAccountToken\":"
                    + "{\"audience\":\"strongroom\",\"path\":\"t\"}}]}},");
    assertEquals(List.of("pod identity token"), names(faults(second)));
  }

  @Test
  void onlyTheLivePodOfTheTokenLives() {
    assertTrue(PodChecks.liveness(BOUND, null).isPresent());
    for (String other :
        List.of(
            pod().replace("uid-1", "uid-2"),
            pod().replace("\"uid\":", "\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",\"uid\":"),
            pod().replace("Running", "Succeeded"),
            pod().replace("Running", "Failed"),
            pod().replace("node-1", "node-2"),
            pod()
                .replace("\"serviceAccountName\":\"inference\"", "\"serviceAccountName\":\"x\""))) {
      assertEquals(
          ProblemCode.POD_NOT_LIVE,
          PodChecks.liveness(BOUND, json(other)).map(Fault::code).orElse(null),
          other);
    }
  }

  @Test
  void imagesAreKnownByWhatRunsOrElseByWhatIsPinned() {
    String pinned = "sha256:" + "8".repeat(64);
    PodPosture pod = posture(pod().replace("server:1", "server:1@" + pinned));
    assertEquals(List.of(OURS, pinned), pod.imageDigests());
    assertEquals(List.of(OURS), posture(pod()).imageDigests());
  }

  @Test
  void devicesAndCapabilitiesAreSeen() {
    assertEquals(
        List.of("server"),
        posture(
                server(
                    "\"env\":[{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"valueFrom\":{\"fieldRef\":{}}}]"))
            .named(Container::nvidiaVisibleDevices));
    for (String none : List.of("void", "none")) {
      String pod =
          server("\"env\":[{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"value\":\"" + none + "\"}]");
      assertEquals(List.of(), posture(pod).named(Container::nvidiaVisibleDevices));
    }
    assertEquals(
        List.of("SYS_ADMIN", "ALL"),
        posture(
                server(
                    "\"securityContext\":{\"capabilities\":{\"add\":[\"cap_sys_admin\",\"all\"]}}"))
            .containers()
            .getLast()
            .addedCapabilities());
    assertFalse(posture(pod()).automount());
    assertTrue(posture(pod().replace("\"audience\":\"strongroom\",", "")).automount());
  }

  private static List<String> names(List<Fault> faults) {
    return faults.stream().map(fault -> fault.clause().name()).toList();
  }
}
