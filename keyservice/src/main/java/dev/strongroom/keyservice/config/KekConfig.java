package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Default;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the key-encryption key lives. Opened by {@code kms.KeyBackends} alone. */
public sealed interface KekConfig {

  /**
   * A Tink keyset file.
   *
   * @param keysetFile made at first start; readable for its owner alone
   */
  record Tink(@Default("kek.json") Path keysetFile) implements KekConfig {}

  /**
   * A key of a transit engine: HashiCorp Vault, or OpenBao, whose API is the same.
   *
   * @param address {@code https}, without a path; {@code http} to this machine alone, where an
   *     agent does the TLS
   * @param mount where the transit engine is mounted
   * @param key derived, AES-256-GCM, neither exportable nor in plaintext backups
   * @param namespace of Vault Enterprise, HCP or OpenBao; null for the root
   * @param auth how the service proves itself to Vault
   * @param caFile PEM of what to trust instead of the system's authorities
   */
  record Vault(
      URI address,
      @Default("transit") String mount,
      String key,
      @Nullable String namespace,
      VaultAuth auth,
      @Nullable Path caFile,
      KekLimits limits)
      implements KekConfig {
    public Vault {
      KeyServiceConfig.check(
          isAddress(address),
          "address: an https URL without a path is wanted, or http to this machine");
      KeyServiceConfig.check(
          VaultPath.isPath(mount), "mount: a-z A-Z 0-9 . _ - and / between them are wanted");
      KeyServiceConfig.check(
          VaultPath.isPath(key) && key.indexOf('/') < 0, "key: a-z A-Z 0-9 . _ - are wanted");
      KeyServiceConfig.check(
          namespace == null || VaultPath.isPath(namespace),
          "namespace: a-z A-Z 0-9 . _ - and / between them are wanted");
    }

    private static boolean isAddress(URI address) {
      return KekEndpoint.isProtected(address)
          && (address.getRawPath().isEmpty() || address.getRawPath().equals("/"))
          && address.getRawQuery() == null
          && address.getRawFragment() == null;
    }
  }
}
