package dev.strongroom.keyservice.posture;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Where a pod mounts volumes in a container, and whether the code of its image stays in sight. */
final class MountPaths {
  /** No code of an image is here, nor below. */
  private static final List<String> DATA =
      List.of("/run", "/models", "/etc/strongroom", "/sys/kernel/config", "/sys/kernel/security");

  /**
   * Data as well, but not below: the containers of a pod share {@code /dev/shm}, so that a link in
   * it can lead a mount elsewhere. {@code /tmp} is missing: libraries are unpacked there.
   */
  private static final List<String> ALONE = List.of("/dev/shm", "/dev/tpmrm0", "/dev/nsm");

  private MountPaths() {}

  /** Whether one of these mounts may take the place of code. */
  static boolean mayHideCode(JsonNode mounts) {
    List<String> paths = new ArrayList<>();
    for (JsonNode mount : mounts) {
      String stated = mount.path("mountPath").asText();
      String path = normalised(stated);
      if (List.of(stated.split("/", -1)).contains("..") || !isData(path)) {
        return true;
      }
      // A link in the outer volume would lead the inner one anywhere.
      for (String other : paths) {
        if (isIn(path, other) || isIn(other, path)) {
          return true;
        }
      }
      paths.add(path);
    }
    return false;
  }

  /** Runtimes take relative paths from the root; {@code /var/run} is a link to {@code /run}. */
  private static String normalised(String stated) {
    StringBuilder path = new StringBuilder();
    for (String part : stated.split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        path.append('/').append(part);
      }
    }
    String absolute = path.toString();
    return isIn(absolute, "/var/run") ? absolute.substring("/var".length()) : absolute;
  }

  private static boolean isData(String path) {
    return ALONE.contains(path) || DATA.stream().anyMatch(data -> isIn(path, data));
  }

  private static boolean isIn(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder + "/");
  }
}
