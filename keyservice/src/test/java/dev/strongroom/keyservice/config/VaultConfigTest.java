package dev.strongroom.keyservice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.keyservice.config.yaml.Reading;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The section {@code kek.vault}. */
class VaultConfigTest {
  private static final Path FOLDER = Path.of("/etc/strongroom");
  private static final String REST =
      """
      origin: https://keys.example.org
      dataDir: data
      storage: {endpoint: "https://s3.example.org", bucket: weights}
      identity:
        issuers:
          - {issuer: "https://i.example.org", audience: strongroom, jwks: {file: jwks.json}}
      policyFile: policy.yaml
      """;
  private static final String TOKEN = "key: strongroom, auth: {tokenFile: token}";

  @Test
  void theSmallestSectionHasEveryDefault() {
    assertEquals(
        new KekConfig.Vault(
            URI.create("https://vault.example.org:8200"),
            "transit",
            "strongroom",
            null,
            new VaultAuth.TokenFile(FOLDER.resolve("token")),
            null,
            KekLimits.DEFAULT),
        kek("{address: \"https://vault.example.org:8200\", " + TOKEN + "}"));
  }

  @Test
  void everyLoginCanBeChosen() {
    assertEquals(
        new VaultAuth.Kubernetes("r", "kubernetes", Path.of("/run/token")),
        auth("kubernetes: {role: r, tokenFile: /run/token}"));
    assertEquals(
        new VaultAuth.Kubernetes("r", "clusters/east", Path.of("/run/token")),
        auth("kubernetes: {role: r, mount: clusters/east, tokenFile: /run/token}"));
    assertEquals(
        new VaultAuth.Jwt("r", "jwt", FOLDER.resolve("jwt")),
        auth("jwt: {role: r, tokenFile: jwt}"));
    assertEquals(
        new VaultAuth.AppRole("id", FOLDER.resolve("secret-id"), "approle"),
        auth("appRole: {roleId: id, secretIdFile: secret-id}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:8100", "http://localhost:8100", "http://[::1]:8100"})
  void anAgentOnThisMachineNeedsNoTls(String address) {
    assertEquals(
        URI.create(address), kek("{address: \"" + address + "\", " + TOKEN + "}").address());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "address: http://vault.example.org:8200, " + TOKEN,
        "address: http://127.0.0.1.example.org:8200, " + TOKEN,
        "address: https://vault.example.org/v1, " + TOKEN,
        "address: https://vault.example.org?x=1, " + TOKEN,
        "address: https://user@vault.example.org, " + TOKEN,
        "address: ftp://vault.example.org, " + TOKEN,
        TOKEN,
        "address: https://v.example.org, auth: {tokenFile: token}",
        "address: https://v.example.org, key: strongroom",
        "address: https://v.example.org, key: a/b, auth: {tokenFile: token}",
        "address: https://v.example.org, key: .., auth: {tokenFile: token}",
        "address: https://v.example.org, key: 'a?b', auth: {tokenFile: token}",
        "address: https://v.example.org, mount: ../sys, " + TOKEN,
        "address: https://v.example.org, mount: /transit, " + TOKEN,
        "address: https://v.example.org, mount: transit/, " + TOKEN,
        "address: https://v.example.org, namespace: 'a b', " + TOKEN,
        "address: https://v.example.org, skipVerify: true, " + TOKEN,
        "address: https://v.example.org, limits: {callTimeout: 3m}, " + TOKEN,
        "address: https://v.example.org, key: k, auth: {token: s.secret}",
        "address: https://v.example.org, key: k, auth: {tokenFile: a, jwt: {role: r, tokenFile: a}}",
        "address: https://v.example.org, key: k, auth: {jwt: {role: r, mount: '/x', tokenFile: a}}",
        "address: https://v.example.org, key: k, auth: {appRole: {roleId: r, secretId: s}}"
      })
  void whatIsWrongIsRefused(String section) {
    Reading<KeyServiceConfig> reading =
        KeyServiceConfig.parse(
            REST
                + "kek: {vault: {"
                + section.replaceFirst("(https?|ftp)://[^,]*", "\"$0\"")
                + "}}\n",
            FOLDER);
    Reading.Invalid<?> invalid = assertInstanceOf(Reading.Invalid.class, reading);
    assertTrue(
        invalid.faults().stream().allMatch(fault -> fault.path().startsWith("kek.vault")),
        invalid::toString);
  }

  private static VaultAuth auth(String choice) {
    return kek("{address: \"https://v.example.org\", key: k, auth: {" + choice + "}}").auth();
  }

  private static KekConfig.Vault kek(String section) {
    return assertInstanceOf(
        KekConfig.Vault.class,
        KeyServiceConfig.parse(REST + "kek: {vault: " + section + "}\n", FOLDER)
            .orThrow("the test's configuration")
            .kek());
  }
}
