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
       "initContainers":[{"name":"strongroom","image":"sidecar:1@SIDECAR","restartPolicy":"Always",
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
    return pod().replace("\"restartPolicy\":\"Always\"", "\"restartPolicy\":\"Always\"," + more);
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
  @ValueSource(
      strings = {
        "STRONGROOM_JAVA_OPTS",
        "STRONGROOM_JDK",
        "STRONGROOM_TRAIN",
        "JAVA_HOME",
        "PATH",
        "GCONV_PATH",
        "GLIBC_TUNABLES",
        "BASH_FUNC_exec%%",
        "BASH_ENV",
        "TPM2TOOLS_TCTI",
        "NVIDIA_DRIVER_CAPABILITIES",
        "pod_name",
        "ANY"
      })
  void aVariableThatIsNotKnownToBeHarmlessMakesItAnother(String name) {
    assertEquals(List.of("pod sidecar"), names(faults(sidecar(variable(name)))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"POD_NAME", "NODE_NAME", "TZ", "SPIFFE_ENDPOINT_SOCKET", "NVIDIA_VISIBLE_DEVICES"})
  void aVariableThatRunsNothingLeavesItOurs(String name) {
    assertEquals(List.of(), faults(sidecar(variable(name))));
  }

  private static String variable(String name) {
    return "\"env\":[{\"name\":\"" + name + "\",\"value\":\"/run/x\"}]";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/usr/lib",
        "/opt/strongroom",
        "//lib64/x",
        "/app",
        "/etc",
        "/etc/ld.so.preload",
        "/run/../usr/lib",
        "/run/x/../../lib",
        "/./usr",
        "run/../usr",
        "opt/strongroom",
        "usr",
        "/proc/self",
        "/home/strongroom",
        "/tmp",
        "/runner",
        "/dev",
        "/dev/urandom",
        "/dev/shm/x",
        "/var",
        "/data"
      })
  void aVolumeOverItsCodeMakesItAnother(String path) {
    assertEquals(List.of("pod sidecar"), names(faults(mounted(path))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/run/spire",
        "/run/spire/",
        "run/hook",
        "//run/./hook",
        "/var/run/strongroom",
        "/models",
        "/models/chat",
        "/etc/strongroom",
        "/dev/shm",
        "/dev/tpmrm0",
        "/dev/nsm",
        "/sys/kernel/config",
        "/sys/kernel/security"
      })
  void aVolumeWhereNoCodeIsLeavesItOurs(String path) {
    assertEquals(List.of(), faults(mounted(path)));
  }

  // A link in the outer volume leads the inner one anywhere, also over the code.
  @ParameterizedTest
  @ValueSource(strings = {"/run", "/run/identity/x", "/var/run/identity/x", "/run/identity/"})
  void aVolumeInAnotherMakesItAnother(String path) {
    assertEquals(List.of("pod sidecar"), names(faults(mounted(path))));
  }

  private static String mounted(String path) {
    return pod()
        .replace(
            "\"mountPath\":\"/run/identity\"}",
            "\"mountPath\":\"/run/identity\"},{\"name\":\"x\",\"mountPath\":\"" + path + "\"}");
  }

  @Test
  void aSidecarOfAnotherImageKindOrNameIsNotOurs() {
    assertEquals(
        List.of("pod sidecar"), names(faults(pod().replace(OURS, "sha256:" + "6".repeat(64)))));
    assertEquals(
        List.of("pod sidecar"), names(faults(pod().replace("sidecar:1@" + OURS, "sidecar:1"))));
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
  void anImageIsNotKnownWhileNodeAndPodNameTwo() {
    String other = "sha256:" + "6".repeat(64);
    // The node still runs, or still tells of, what the pod pinned before.
    String stale = pod().replace("registry.example/sidecar@" + OURS, "registry.example/s@" + other);
    assertEquals(List.of(), posture(stale).imageDigests());
    assertEquals(List.of("pod sidecar"), names(faults(stale)));
    String changed = pod().replace("sidecar:1@" + OURS, "sidecar:1@" + other);
    assertEquals(List.of(), posture(changed).imageDigests());
    assertEquals(List.of("pod sidecar"), names(faults(changed)));
    // What the node does not name by a digest is not what was pinned.
    String unnamed = pod().replace("registry.example/sidecar@" + OURS, "registry.example/s:1");
    assertEquals(List.of(), posture(unnamed).imageDigests());
    // The node has not told yet.
    String early = pod().replace("registry.example/sidecar@" + OURS, "");
    assertEquals(List.of(OURS), posture(early).imageDigests());
    assertEquals(List.of(), faults(early));
  }

  @Test
  void devicesMayComeFromASource() {
    String source = "\"envFrom\":[{\"configMapRef\":{\"name\":\"any\"}}]";
    assertEquals(List.of("server"), devices(source));
    String prefixed = "\"envFrom\":[{\"prefix\":\"NVIDIA_\",\"secretRef\":{\"name\":\"any\"}}]";
    assertEquals(List.of("server"), devices(prefixed));
    // No name with this prefix is that of the variable.
    assertEquals(
        List.of(),
        devices("\"envFrom\":[{\"prefix\":\"APP_\",\"configMapRef\":{\"name\":\"a\"}}]"));
    // What the container sets itself wins over its sources.
    for (String none : List.of("void", "none")) {
      String own = ",\"env\":[{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"value\":\"" + none + "\"}]";
      assertEquals(List.of(), devices(source + own));
    }
    assertEquals(
        List.of("server"), devices(source + ",\"env\":[{\"name\":\"X\",\"value\":\"void\"}]"));
  }

  private static List<String> devices(String more) {
    return posture(server(more)).named(Container::nvidiaVisibleDevices);
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
