package dev.strongroom.testkit.kms;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * HashiCorp Vault, built from its published module into {@code ~/.cache/strongroom/vault-VERSION},
 * once. It is built with its own build tag {@code minimal}, which leaves out what talks to clouds
 * and databases; the Kubernetes auth method, left out too, is built as the plugin that it also is.
 * A test tool: nothing of it is shipped.
 */
public final class VaultBinary {
  /** The version of Vault. */
  public static final String VERSION = "1.21.0";

  /** The file name of the Kubernetes auth method, in the folder of the binary. */
  public static final String KUBERNETES_PLUGIN = "vault-plugin-auth-kubernetes";

  private static final String KUBERNETES_MODULE =
      "github.com/hashicorp/" + KUBERNETES_PLUGIN + "/cmd/" + KUBERNETES_PLUGIN + "@v0.23.0";

  private VaultBinary() {}

  static Path folder() {
    return Path.of(System.getProperty("user.home"), ".cache", "strongroom", "vault-" + VERSION);
  }

  /** Where the binary is, or would be. */
  public static Path path() {
    return folder().resolve("vault");
  }

  /**
   * Why it cannot be had here, when it cannot. Builds what is missing otherwise, which takes some
   * ten minutes the first time; another process that builds it is waited for.
   */
  public static Optional<String> missing() {
    if (isThere()) {
      return Optional.empty();
    }
    try {
      Files.createDirectories(folder().resolve("build"));
      Path lock = folder().resolve("build.lock");
      try (FileChannel file =
          FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        // Held until the channel is closed.
        file.lock();
        return isThere() ? Optional.empty() : build();
      }
    } catch (IOException e) {
      return Optional.of("Vault is not at " + path() + " and Go is not installed to build it");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted while building Vault");
    }
  }

  private static boolean isThere() {
    return Files.isExecutable(path()) && Files.isExecutable(folder().resolve(KUBERNETES_PLUGIN));
  }

  private static Optional<String> build() throws IOException, InterruptedException {
    System.err.println(
        "building Vault " + VERSION + " into " + folder() + ", once; this takes some ten minutes");
    Path work = folder().resolve("build");
    try (InputStream module =
        Objects.requireNonNull(VaultBinary.class.getResourceAsStream("vault.go.mod"))) {
      Files.copy(module, work.resolve("go.mod"), StandardCopyOption.REPLACE_EXISTING);
    }
    Path fresh = work.resolve("vault");
    int exit =
        go(
            work,
            Map.of("GOFLAGS", "-mod=mod"),
            List.of(
                "build", "-tags", "minimal", "-o", fresh.toString(), "github.com/hashicorp/vault"));
    if (exit != 0) {
      return Optional.of("'go build github.com/hashicorp/vault' failed in " + work);
    }
    if (go(work, Map.of("GOBIN", work.toString()), List.of("install", KUBERNETES_MODULE)) != 0) {
      return Optional.of("'go install " + KUBERNETES_MODULE + "' failed");
    }
    Files.move(fresh, path(), StandardCopyOption.ATOMIC_MOVE);
    Files.move(
        work.resolve(KUBERNETES_PLUGIN),
        folder().resolve(KUBERNETES_PLUGIN),
        StandardCopyOption.ATOMIC_MOVE);
    return Optional.empty();
  }

  private static int go(Path work, Map<String, String> environment, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("go", arguments.getFirst()));
    command.addAll(List.of("-trimpath", "-ldflags", "-s -w"));
    command.addAll(arguments.subList(1, arguments.size()));
    ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile()).inheritIO();
    builder.environment().put("CGO_ENABLED", "0");
    builder.environment().putAll(environment);
    return builder.start().waitFor();
  }

  /** Makes sure that it is there. */
  static void require() {
    missing()
        .ifPresent(why -> {
          throw new IllegalStateException(why);
        });
  }
}
