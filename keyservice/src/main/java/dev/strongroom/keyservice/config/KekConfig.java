package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Bounds;
import dev.strongroom.keyservice.config.yaml.Default;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
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
   * A key on a PKCS#11 token. The PIN comes from exactly one place.
   *
   * @param uri RFC 7512: {@code pkcs11:token=NAME;object=LABEL?module-path=FILE}, and perhaps
   *     {@code pin-source=FILE}
   * @param pinFile readable for its owner alone
   * @param pinDescriptor a file descriptor that the service inherits
   * @param moduleArguments what the module wants at its start; NSS wants its folder there
   * @param moduleEnvironment names of environment variables that the module gets beside those that
   *     are known to be for modules
   * @param sessions calls to the token at once
   */
  record Pkcs11(
      String uri,
      @Nullable Path pinFile,
      @Nullable @Bounds(min = "3", max = "1023") Integer pinDescriptor,
      @Default("") String moduleArguments,
      @Default("") List<String> moduleEnvironment,
      @Default("8") @Bounds(min = "1", max = "256") Integer sessions,
      KekLimits limits)
      implements KekConfig {
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    public Pkcs11 {
      moduleEnvironment = List.copyOf(moduleEnvironment);
      KeyServiceConfig.check(
          moduleEnvironment.stream().allMatch(name -> VARIABLE.matcher(name).matches()),
          "moduleEnvironment: names of environment variables are wanted, without values");
    }
  }

  /**
   * A key of AWS KMS, symmetric, for encryption. Credentials are what the AWS SDK finds:
   * environment, profile, web identity (IRSA), container (Pod Identity), instance.
   *
   * @param keyArn the whole ARN of the key, never an alias: an alias can be pointed elsewhere
   * @param replicaArns other ARNs of the same multi-region key that data keys may be wrapped under
   * @param endpoint null for that of the key's region; {@code https}, or {@code http} on this
   *     machine
   */
  record Awskms(
      String keyArn,
      @Default("") List<String> replicaArns,
      @Nullable URI endpoint,
      KekLimits limits)
      implements KekConfig {
    private static final Pattern ARN =
        Pattern.compile(
            "arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f-]{36})");

    public Awskms {
      replicaArns = List.copyOf(replicaArns);
      KeyServiceConfig.check(
          ARN.matcher(keyArn).matches(),
          "keyArn: the whole ARN of a key is wanted (arn:aws:kms:REGION:ACCOUNT:key/ID), no alias");
      for (String replica : replicaArns) {
        KeyServiceConfig.check(
            ARN.matcher(replica).matches()
                && id(replica).equals(id(keyArn))
                && isMultiRegion(replica),
            "replicaArns: ARNs of the same multi-region key (mrk-...) in other regions are wanted");
      }
      KeyServiceConfig.check(
          new HashSet<>(replicaArns).size() == replicaArns.size() && !replicaArns.contains(keyArn),
          "replicaArns: an ARN is there twice");
      KeyServiceConfig.check(
          endpoint == null || KekEndpoint.isProtected(endpoint),
          "endpoint: an https URL is wanted; data keys cross it");
    }

    /** The region of the key: the one that is called. */
    public String region() {
      return keyArn.split(":", -1)[3];
    }

    private static String id(String arn) {
      return arn.substring(arn.indexOf('/') + 1);
    }

    private static boolean isMultiRegion(String arn) {
      return id(arn).startsWith("mrk-");
    }
  }

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
