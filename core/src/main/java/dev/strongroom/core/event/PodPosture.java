package dev.strongroom.core.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a pod looked like in the API server of its cluster when it was decided about ({@code
 * docs/spec/audit-log.md}): what bears on who else may read the weights. It is what the cluster
 * says, which a hostile node or API server can make up; evidence is proof.
 *
 * @param node where it is bound to
 * @param runtimeClass null for the node's default
 * @param automount whether a volume of it holds a token for the API server
 * @param hostPaths paths of the node that are among its volumes
 * @param containers of every kind, in the order of the pod
 */
public record PodPosture(
    String namespace,
    String name,
    String uid,
    String node,
    String serviceAccount,
    @Nullable String runtimeClass,
    boolean hostNetwork,
    boolean hostPid,
    boolean hostIpc,
    boolean shareProcessNamespace,
    boolean automount,
    List<String> hostPaths,
    List<Container> containers) {
  /** Containers that a posture may have: an entry of the log has to hold it. */
  public static final int MAX_CONTAINERS = 64;

  private static final int MAX_NAME = 253;
  private static final int MAX_TEXT = 1_024;
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  public PodPosture {
    text("namespace", namespace, MAX_NAME);
    text("name", name, MAX_NAME);
    text("uid", uid, MAX_NAME);
    text("node", node, MAX_NAME);
    text("serviceAccount", serviceAccount, MAX_NAME);
    hostPaths = List.copyOf(Require.present(hostPaths, "hostPaths"));
    containers = List.copyOf(Require.present(containers, "containers"));
    Require.that(
        !containers.isEmpty() && containers.size() <= MAX_CONTAINERS,
        "a posture has 1 to " + MAX_CONTAINERS + " containers");
  }

  /** The digests of all images that are known, each once. */
  @JsonIgnore
  public List<String> imageDigests() {
    return containers.stream()
        .map(Container::imageDigest)
        .<String>mapMulti((digest, each) -> {
          if (digest != null) {
            each.accept(digest);
          }
        })
        .distinct()
        .toList();
  }

  /** The names of the containers of which this is so. */
  public List<String> named(Predicate<Container> which) {
    return containers.stream().filter(which).map(Container::name).toList();
  }

  /**
   * One container.
   *
   * @param image as the pod names it
   * @param imageDigest {@code sha256:} and 64 hexadecimal digits: what the node says that it runs,
   *     or what the pod pins where the node says nothing yet; null where neither does, and where
   *     the two differ
   * @param addedCapabilities without {@code CAP_}, as the pod names them
   * @param nvidiaVisibleDevices whether the pod sets {@code NVIDIA_VISIBLE_DEVICES}, or may by
   *     {@code envFrom}: GPUs that nobody assigned to it; {@code void} and {@code none} give none
   * @param overridden whether the pod replaces the command of the image, or may have other code
   *     run, by hooks, or by variables and mounts that are not known to be harmless
   * @param mountsIdentity whether it mounts a token for our audience, with which it may ask
   */
  public record Container(
      String name,
      Kind kind,
      String image,
      @Nullable String imageDigest,
      boolean privileged,
      List<String> addedCapabilities,
      boolean nvidiaVisibleDevices,
      boolean overridden,
      boolean mountsIdentity) {
    public Container {
      text("containers[].name", name, MAX_NAME);
      Require.present(kind, "containers[].kind");
      text("containers[].image", image, MAX_TEXT);
      Require.that(
          imageDigest == null || DIGEST.matcher(imageDigest).matches(),
          "the digest of an image is sha256: and 64 lower-case hexadecimal digits");
      addedCapabilities =
          List.copyOf(Require.present(addedCapabilities, "containers[].addedCapabilities"));
    }
  }

  /** What a container is for. */
  public enum Kind {
    /** Runs as long as the pod. */
    CONTAINER,
    /** Ends before the others begin. */
    INIT,
    /** An init container that keeps running: {@code restartPolicy: Always}. */
    SIDECAR,
    /** Put into the running pod, for debugging. */
    EPHEMERAL;

    /** The spelling in the log and in policies. */
    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} for another name
     */
    @JsonCreator
    public static Kind ofWireName(String wireName) {
      return switch (wireName) {
        case "container" -> CONTAINER;
        case "init" -> INIT;
        case "sidecar" -> SIDECAR;
        case "ephemeral" -> EPHEMERAL;
        default ->
            throw new Problem(
                ProblemCode.MALFORMED_REQUEST,
                "a container is of kind container, init, sidecar or ephemeral");
      };
    }
  }

  private static void text(String name, @Nullable String value, int most) {
    Require.present(value, name);
    Require.that(
        value != null && !value.isEmpty() && value.length() <= most,
        "'" + name + "' of a pod has 1 to " + most + " characters");
  }
}
