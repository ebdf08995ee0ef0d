package dev.strongroom.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.cli.Run;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationDoctorTest {
  @TempDir Path home;

  @Test
  void namesEveryFaultWithItsLine() throws IOException {
    Path config = home.resolve("keyservice.yaml");
    Files.writeString(config, "origin: https://keys.example.org\ndataDirr: /data\n");
    Run run = Run.of(home, "doctor", "--config", config.toString());
    assertEquals(1, run.exit());
    assertTrue(
        run.out().contains("line 2: dataDirr: unknown key; did you mean 'dataDir'?"), run.out());
    assertTrue(run.out().contains("Something is wrong"), run.out());
  }

  @Test
  void usesWhatTheServiceWillUse() throws IOException {
    Files.createDirectories(home.resolve("data/log"));
    Path keys = Files.createDirectories(home.resolve("data/keys"));
    Path grantKey = Files.createFile(keys.resolve("grant.key"));
    Files.setPosixFilePermissions(grantKey, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(home.resolve("jwks.json"), "{\"keys\":[]}");
    Files.writeString(home.resolve("policy.yaml"), "format: strongroom-policy/v1\nbindings: []\n");
    Path credentials = home.resolve("s3.yaml");
    Files.writeString(credentials, "accessKey: a\nsecretKey: b\n");
    Files.setPosixFilePermissions(credentials, PosixFilePermissions.fromString("rw-------"));
    Path config = home.resolve("keyservice.yaml");
    Files.writeString(
        config,
        """
        origin: https://keys.example.org
        dataDir: data
        policyFile: policy.yaml
        storage: {endpoint: "http://127.0.0.1:1", bucket: weights, credentials: {file: s3.yaml}}
        identity:
          issuers:
            - issuer: https://issuer.example.org
              audience: strongroom
              jwks: {file: jwks.json}
        """);
    Run run;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Files.writeString(
          config, Files.readString(config) + "management: {port: " + taken.getLocalPort() + "}\n");
      run = Run.of(home, "doctor", "--config", config.toString(), "--json");
    }
    assertEquals(1, run.exit());
    assertStep(run, "kek", "WARNING", "it is made then");
    assertStep(run, "storage", "FAILED", "check storage.endpoint");
    assertStep(run, "log", "OK", "takes durable writes");
    assertStep(run, "port", "WARNING", "choose another management.port");
    assertStep(run, "key file", "FAILED", "chmod 600");
  }

  private static void assertStep(Run run, String step, String state, String text) {
    assertTrue(
        run.out()
            .lines()
            .anyMatch(line ->
                line.contains("\"step\":\"" + step + "\"")
                    && line.toUpperCase(Locale.ROOT).contains("\"STATE\":\"" + state + "\"")
                    && line.contains(text)),
        run.out());
  }
}
