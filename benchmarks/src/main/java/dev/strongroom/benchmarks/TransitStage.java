package dev.strongroom.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.Tools;
import dev.strongroom.testkit.kms.VaultServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Vault with the guide's policy. Its peers are Vault's own client, and kept connections that post a
 * ready body.
 */
final class TransitStage implements KeyBackendStage {
  private static final String POLICY =
      """
      path "transit/encrypt/strongroom" { capabilities = ["update"] }
      path "transit/decrypt/strongroom" { capabilities = ["update"] }
      path "transit/rewrap/strongroom"  { capabilities = ["update"] }
      path "transit/keys/strongroom"    { capabilities = ["read"] }
      path "auth/token/lookup-self"     { capabilities = ["read"] }
      path "auth/token/renew-self"      { capabilities = ["update"] }
      """;

  private final Path folder;
  private final VaultServer server;
  private final String token;
  private final Path tokenFile;
  private @Nullable VaultGoClient client;

  TransitStage(Path folder) {
    this.folder = folder;
    this.server = VaultServer.start(folder);
    server.call("POST", "sys/mounts/transit", "{\"type\":\"transit\"}");
    server.call("POST", "transit/keys/strongroom", "{\"type\":\"aes256-gcm96\",\"derived\":true}");
    server.call(
        "PUT",
        "sys/policies/acl/strongroom",
        JsonNodeFactory.instance.objectNode().put("policy", POLICY).toString());
    this.token =
        server
            .call(
                "POST",
                "auth/token/create-orphan",
                "{\"policies\":[\"strongroom\"],\"no_default_policy\":true,\"period\":\"24h\"}")
            .at("/auth/client_token")
            .asText();
    this.tokenFile = Tools.secret(folder.resolve("token"), token + "\n");
  }

  @Override
  public KekConfig config() {
    return new KekConfig.Vault(
        server.address(),
        "transit",
        "strongroom",
        null,
        new VaultAuth.TokenFile(tokenFile),
        server.caFile(),
        KekLimits.DEFAULT);
  }

  @Override
  public String yaml() {
    return "kek: {vault: {address: '"
        + server.address()
        + "', key: strongroom, caFile: "
        + server.caFile()
        + ", auth: {tokenFile: "
        + tokenFile
        + "}}}\n";
  }

  @Override
  public List<RawUnwrap> raw(WrappedKey wrapped, WrapContext context) throws Exception {
    String body =
        "{\"ciphertext\":\""
            + new String(wrapped.ciphertext().bytes(), US_ASCII)
            + "\",\"context\":\""
            + Base64.getEncoder().encodeToString(context.bytes())
            + "\"}";
    byte[] request =
        ("POST /v1/transit/decrypt/strongroom HTTP/1.1\r\nHost: "
                + server.address().getAuthority()
                + "\r\nX-Vault-Request: true\r\nX-Vault-Token: "
                + token
                + "\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body)
            .getBytes(US_ASCII);
    SSLSocketFactory tls = TlsTrust.of(server.caFile()).getSocketFactory();
    VaultGoClient started = VaultGoClient.start(folder, server, token, wrapped, context);
    client = started;
    return List.of(
        new RawUnwrap("Vault's own client in Go", started),
        new RawUnwrap(
            "prebuilt request, kept TLS connection",
            () -> {
              KeepAliveConnection connection =
                  new KeepAliveConnection(
                      tls, server.address().getHost(), server.address().getPort());
              return new PrebuiltRequest(connection, request);
            }));
  }

  @Override
  public void close() {
    if (client != null) {
      client.close();
    }
    server.close();
  }

  /** The same request over and over; its answer is read whole. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record PrebuiltRequest(KeepAliveConnection connection, byte[] request) implements Caller {
    @Override
    public void unwrap() throws IOException {
      KeepAliveConnection.Answer answer = connection.exchange(request);
      if (answer.status() != 200 || answer.body().length < 44) {
        throw new IOException("the answer was " + answer.status());
      }
    }

    @Override
    public void close() throws IOException {
      connection.close();
    }
  }
}
