package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Default;
import dev.strongroom.keyservice.config.yaml.Inline;
import java.nio.file.Path;

/**
 * How the service proves itself to Vault. Whatever file is named is read again at each login, so
 * that a token that the platform replaces is used.
 */
public sealed interface VaultAuth {

  /**
   * The pod's service account, checked by the Kubernetes API that Vault asks.
   *
   * @param mount where the method is mounted, without {@code auth/}
   * @param tokenFile a projected token with an audience for Vault alone
   */
  record Kubernetes(String role, @Default("kubernetes") String mount, Path tokenFile)
      implements VaultAuth {
    public Kubernetes {
      checkMount(mount);
    }
  }

  /**
   * A token of an issuer whose keys Vault knows.
   *
   * @param mount where the method is mounted, without {@code auth/}
   */
  record Jwt(String role, @Default("jwt") String mount, Path tokenFile) implements VaultAuth {
    public Jwt {
      checkMount(mount);
    }
  }

  /**
   * A role and its secret.
   *
   * @param roleId names the role; no secret
   * @param secretIdFile readable for its owner alone
   * @param mount where the method is mounted, without {@code auth/}
   */
  record AppRole(String roleId, Path secretIdFile, @Default("approle") String mount)
      implements VaultAuth {
    public AppRole {
      checkMount(mount);
    }
  }

  /**
   * A token that somebody else puts into a file and replaces there, such as Vault Agent.
   *
   * @param path readable for its owner alone
   */
  @Inline
  record TokenFile(Path path) implements VaultAuth {}

  private static void checkMount(String mount) {
    KeyServiceConfig.check(
        VaultPath.isPath(mount),
        "mount: a-z A-Z 0-9 . _ - and / between them are wanted, without auth/");
  }
}
