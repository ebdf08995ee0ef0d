package dev.strongroom.keyservice.kms.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.testkit.kms.VaultBinary;
import dev.strongroom.testkit.kms.VaultServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Vault with a transit engine, the policy of the guide for every key, and what tests make in
 * it.
 */
final class VaultStage implements AutoCloseable {
  private static final String POLICY =
      """
      path "transit/encrypt/*" { capabilities = ["update"] }
      path "transit/decrypt/*" { capabilities = ["update"] }
      path "transit/rewrap/*"  { capabilities = ["update"] }
      path "transit/keys/*"    { capabilities = ["read"] }
      path "auth/token/lookup-self" { capabilities = ["read"] }
      path "auth/token/renew-self"  { capabilities = ["update"] }
      path "auth/token/revoke-self" { capabilities = ["update"] }
      """;

  private final Path folder;
  private final VaultServer server;
  private final AtomicInteger count = new AtomicInteger();

  private VaultStage(Path folder) {
    this.folder = folder;
    this.server = VaultServer.start(folder);
  }

  private void prepare() {
    server.call("POST", "sys/mounts/transit", "{\"type\":\"transit\"}");
    server.call("POST", "sys/auth/approle", "{\"type\":\"approle\"}");
    server.call("PUT", "sys/policies/acl/strongroom", json("policy", POLICY));
  }

  /** Starts it, or skips the tests that need it and says why; under CI it must be there. */
  static VaultStage start(Path folder) {
    VaultStage stage = startEmpty(folder);
    stage.prepare();
    return stage;
  }

  /** The same with nothing in it. */
  static VaultStage startEmpty(Path folder) {
    Optional<String> missing = VaultBinary.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    return new VaultStage(folder);
  }

  VaultServer server() {
    return server;
  }

  Path folder() {
    return folder;
  }

  /** A new folder, empty. */
  Path newFolder() {
    try {
      return Files.createDirectory(folder.resolve(fresh("folder")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new name. */
  String fresh(String stem) {
    return stem + count.incrementAndGet();
  }

  /** A new key that Strongroom accepts. */
  String newKey() {
    String key = fresh("kek");
    server.call("POST", "transit/keys/" + key, "{\"type\":\"aes256-gcm96\",\"derived\":true}");
    return key;
  }

  /** A new role of AppRole whose tokens live so long; renewable up to ten times that. */
  VaultAuth.AppRole newAppRole(Duration life) {
    return newAppRole(
        "\"token_ttl\":\"%ds\",\"token_max_ttl\":\"%ds\""
            .formatted(life.toSeconds(), 10 * life.toSeconds()));
  }

  /** A new role of AppRole with these settings besides the policy of the guide. */
  VaultAuth.AppRole newAppRole(String settings) {
    return newAppRoleOf("strongroom", settings);
  }

  /** A new role of AppRole with this policy and settings. */
  VaultAuth.AppRole newAppRoleOf(String policy, String settings) {
    String role = fresh("role");
    server.call(
        "POST",
        "auth/approle/role/" + role,
        "{\"token_policies\":\"" + policy + "\"," + settings + "}");
    String roleId =
        server
            .call("GET", "auth/approle/role/" + role + "/role-id", "")
            .at("/data/role_id")
            .asText();
    String secretId =
        server
            .call("POST", "auth/approle/role/" + role + "/secret-id", "{}")
            .at("/data/secret_id")
            .asText();
    return new VaultAuth.AppRole(roleId, secretFile(role, secretId), "approle");
  }

  /** A file for its owner alone. */
  Path secretFile(String name, String content) {
    try {
      Path file = folder.resolve(name);
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      return Files.writeString(file, content + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The configuration for a key. */
  KekConfig.Vault config(String key, VaultAuth auth) {
    return config(server.address(), key, auth);
  }

  KekConfig.Vault config(URI address, String key, VaultAuth auth) {
    return new KekConfig.Vault(
        address, "transit", key, null, auth, server.caFile(), limits(Duration.ofSeconds(10)));
  }

  static KekLimits limits(Duration attemptTimeout) {
    KekLimits usual = KekLimits.DEFAULT;
    return new KekLimits(
        usual.concurrentCalls(),
        usual.queuedCalls(),
        attemptTimeout,
        attemptTimeout.multipliedBy(2),
        usual.attempts(),
        usual.restFor());
  }

  static String json(String name, String text) {
    return new com.fasterxml.jackson.databind.node.ObjectNode(
            com.fasterxml.jackson.databind.node.JsonNodeFactory.instance)
        .put(name, text)
        .toString();
  }

  @Override
  public void close() {
    server.close();
  }
}
