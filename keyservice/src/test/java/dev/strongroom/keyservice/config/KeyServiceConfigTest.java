package dev.strongroom.keyservice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.strongroom.keyservice.config.yaml.ByteSize;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyServiceConfigTest {
  private static final Path FOLDER = Path.of("/etc/strongroom");

  static final String SMALLEST =
      """
      origin: https://keys.example.org
      dataDir: /var/lib/strongroom
      storage:
        endpoint: https://s3.example.org
        bucket: weights
      identity:
        issuers:
          - issuer: https://issuer.example.org
            audience: strongroom
            jwks:
              file: jwks.json
      policyFile: policy.yaml
      """;

  @Test
  void theSmallestFileHasEveryDefault() {
    KeyServiceConfig config = KeyServiceConfig.parse(SMALLEST, FOLDER).orThrow("the test");
    assertEquals(URI.create("https://keys.example.org"), config.origin());
    assertEquals(Path.of("/var/lib/strongroom"), config.dataDir());
    assertEquals(Path.of("/etc/strongroom/policy.yaml"), config.policyFile());
    assertEquals(List.of(), config.publishers());
    assertEquals(List.of(), config.administrators());
    assertEquals(new KekConfig.Tink(Path.of("/var/lib/strongroom/kek.json")), config.kek());
    assertEquals(new KeyServiceConfig.ListenConfig("0.0.0.0", 8443, null), config.listen());
    assertEquals(new KeyServiceConfig.ManagementConfig("127.0.0.1", 8081), config.management());
    assertEquals(Duration.ofMinutes(2), config.nonce().lifetime());
    assertEquals(new ByteSize(1 << 20), config.limits().bodyBytes());
    assertNull(config.storage().caFile());
    assertEquals(Path.of("/var/lib/strongroom/log"), config.log().directory());
  }
}
