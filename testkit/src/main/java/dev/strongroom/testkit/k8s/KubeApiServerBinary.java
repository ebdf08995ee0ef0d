package dev.strongroom.testkit.k8s;

import dev.strongroom.testkit.kms.Tools;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The API server of Kubernetes, built from its published modules into {@code
 * ~/.cache/strongroom/kube-apiserver-VERSION}, once. A test tool: nothing of it is shipped.
 */
public final class KubeApiServerBinary {
  /** The version of Kubernetes. */
  public static final String VERSION = "1.34.4";

  private static final String COMMAND = "k8s.io/kubernetes/cmd/kube-apiserver";

  private KubeApiServerBinary() {}

  private static Path folder() {
    return Path.of(
        System.getProperty("user.home"), ".cache", "strongroom", "kube-apiserver-" + VERSION);
  }

  /** Where the binary is, or would be. */
  public static Path path() {
    return folder().resolve("kube-apiserver");
  }

  /**
   * Why a cluster cannot be had here, when it cannot: etcd is not installed, or Go is not. Builds
   * what is missing otherwise, which takes some six minutes the first time; another process that
   * builds it is waited for.
   */
  public static Optional<String> missing() {
    Optional<String> etcd = Tools.missing("etcd", "etcd-server");
    if (etcd.isPresent() || Files.isExecutable(path())) {
      return etcd;
    }
    try {
      Files.createDirectories(folder().resolve("build"));
      try (FileChannel lock =
          FileChannel.open(
              folder().resolve("build.lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE)) {
        // Held until the channel is closed.
        lock.lock();
        return Files.isExecutable(path()) ? Optional.empty() : build();
      }
    } catch (IOException e) {
      return Optional.of(
          "kube-apiserver is not at " + path() + " and Go is not installed to build it");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted while building kube-apiserver");
    }
  }

  private static Optional<String> build() throws IOException, InterruptedException {
    System.err.println(
        "building kube-apiserver "
            + VERSION
            + " into "
            + folder()
            + ", once; this takes some six minutes");
    Path work = folder().resolve("build");
    try (InputStream module =
        Objects.requireNonNull(
            KubeApiServerBinary.class.getResourceAsStream("kube-apiserver.go.mod"))) {
      Files.copy(module, work.resolve("go.mod"), StandardCopyOption.REPLACE_EXISTING);
    }
    Path fresh = work.resolve("kube-apiserver");
    if (go(work, List.of("go", "mod", "tidy")) != 0
        || go(work, List.of("go", "build", "-ldflags", stamp(), "-o", fresh.toString(), COMMAND))
            != 0) {
      return Optional.of("'go build " + COMMAND + "' failed in " + work);
    }
    Files.move(fresh, path(), StandardCopyOption.ATOMIC_MOVE);
    return Optional.empty();
  }

  // It refuses to start with the version that an unstamped build has.
  private static String stamp() {
    String variable = "k8s.io/component-base/version.git";
    String[] parts = VERSION.split("\\.", -1);
    return "-s -w -X %1$sVersion=v%2$s -X %1$sMajor=%3$s -X %1$sMinor=%4$s"
        .formatted(variable, VERSION, parts[0], parts[1]);
  }

  private static int go(Path work, List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile()).inheritIO();
    builder.environment().put("CGO_ENABLED", "0");
    builder.environment().put("GOFLAGS", "-buildvcs=false -trimpath");
    return builder.start().waitFor();
  }
}
