package dev.strongroom.benchmarks;

import dev.strongroom.testkit.kms.Tools;
import dev.strongroom.testkit.kms.VaultServer;
import java.nio.file.Path;
import java.util.Map;

/** A KEK in the transit engine of a Vault of its own. */
final class VaultHome implements KekHome {
  static final String BACKEND = "vault";
  private static final String POLICY =
      """
      path "transit/encrypt/strongroom"     { capabilities = ["update"] }
      path "transit/decrypt/strongroom"     { capabilities = ["update"] }
      path "transit/rewrap/strongroom"      { capabilities = ["update"] }
      path "transit/keys/strongroom"        { capabilities = ["read"] }
      path "transit/keys/strongroom/rotate" { capabilities = ["update"] }
      path "auth/token/lookup-self"         { capabilities = ["read"] }
      path "auth/token/renew-self"          { capabilities = ["update"] }
      path "auth/token/revoke-self"         { capabilities = ["update"] }
      """;

  private final VaultServer server;
  private final Path tokenFile;

  private VaultHome(VaultServer server, Path tokenFile) {
    this.server = server;
    this.tokenFile = tokenFile;
  }

  static VaultHome in(Path folder) {
    VaultServer server = VaultServer.start(folder.resolve("vault"));
    try {
      return new VaultHome(server, prepared(server, folder));
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static Path prepared(VaultServer server, Path folder) {
    Path policy = Tools.secret(folder.resolve("policy.hcl"), POLICY);
    server.shell(
        """
        vault secrets enable transit
        vault write -f transit/keys/strongroom type=aes256-gcm96 derived=true
        vault policy write strongroom '%s'
        """
            .formatted(policy.toAbsolutePath()));
    // Renewable for as long as the run takes.
    String token =
        server.cli(
            "token",
            "create",
            "-policy=strongroom",
            "-no-default-policy",
            "-orphan",
            "-period=24h",
            "-field=token");
    return Tools.secret(folder.resolve("token"), token.trim() + "\n");
  }

  @Override
  public String backend() {
    return BACKEND;
  }

  @Override
  public String yaml() {
    return """
      vault:
        address: %s
        key: strongroom
        caFile: %s
        auth: {tokenFile: %s}
    """
        .formatted(server.address(), server.caFile().toAbsolutePath(), tokenFile.toAbsolutePath());
  }

  @Override
  public Map<String, String> environment() {
    return Map.of();
  }

  @Override
  public void endFirstVersion() {
    server.shell(
        """
        vault write transit/keys/strongroom/config min_decryption_version=2 min_encryption_version=2
        vault write transit/keys/strongroom/trim min_available_version=2
        """);
  }

  @Override
  public void close() {
    server.close();
  }
}
