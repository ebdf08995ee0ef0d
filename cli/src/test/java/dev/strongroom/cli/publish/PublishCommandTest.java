package dev.strongroom.cli.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Run;
import dev.strongroom.cli.StrongroomMain;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.secret.ProcessHardening;
import dev.strongroom.testkit.process.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishCommandTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path folder;
  PublishFixture fixture;

  @BeforeEach
  void start() throws IOException, GeneralSecurityException {
    fixture = new PublishFixture(folder);
    Path profile = folder.resolve(".config/strongroom/config.yaml");
    Files.createDirectories(profile.getParent());
    Files.writeString(
        profile,
        """
        service: %s
        trust: %2$s/trust.json
        ca: %2$s/ca.pem
        storageCa: %2$s/ca.pem
        tokenFile: %2$s/token
        publisherKey: %2$s/publisher.pem
        """
            .formatted(fixture.service.origin(), fixture.files));
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private Run publish(String... more) {
    String[] command = {
      "publish", fixture.source.toString(), "--model", "acme/chat", "--version", "3"
    };
    return Run.of(
        folder,
        java.util.stream.Stream.concat(
                java.util.Arrays.stream(command), java.util.Arrays.stream(more))
            .toArray(String[]::new));
  }

  @Test
  void publishesAndWritesThePapers() throws IOException {
    Path out = folder.resolve("papers");
    Run run = publish("--json", "--out", out.toString());
    assertEquals(0, run.exit(), run.err());
    JsonNode result = StrictJson.mapper().readTree(run.out());
    assertEquals(3, result.path("files").asInt());
    assertEquals(20_100, result.path("bytes").asLong());
    for (String line : run.err().lines().toList()) {
      assertTrue(StrictJson.mapper().readTree(line).has("event"), line);
    }
    JsonNode bom = StrictJson.mapper().readTree(out.resolve("bom.cdx.json").toFile());
    JsonNode model = bom.path("components").path(0);
    assertEquals("machine-learning-model", model.path("type").asText());
    assertEquals(3, model.path("components").size());
    assertTrue(
        model
            .path("properties")
            .toString()
            .contains("sha256:" + result.path("manifestDigest").asText()));
    assertEquals(
        fixture.service.published().orElseThrow().bytes().length,
        Files.size(out.resolve("manifest.dsse.json")));
    assertTrue(Files.readString(out.resolve("receipt.txt")).startsWith("c2sp.org/tlog-proof@v1"));

    Run again = publish();
    assertEquals(1, again.exit());
    assertTrue(again.err().contains("version-exists: "), again.err());
    assertTrue(again.err().contains("another --version"), again.err());
  }

  @Test
  void sendsPartsToTheNamedStorageAlone() {
    Run elsewhere = publish("--json", "--storage", "https://s3.example.org");
    assertNotEquals(0, elsewhere.exit());
    assertTrue(elsewhere.err().contains("\"code\":\"storage-host-refused\""), elsewhere.err());
    assertFalse(elsewhere.err().contains("signature="), elsewhere.err());
    assertTrue(
        fixture.service.objects().values().stream().allMatch(o -> o.arrivals.isEmpty()),
        "nothing was sent");
    Run unclear = publish("--storage", "s3.example.org/bucket");
    assertEquals(2, unclear.exit());
    Run named =
        publish("--storage", "https://s3.example.org", "--storage", fixture.service.origin());
    assertEquals(0, named.exit(), named.err());
    assertFalse(named.err().contains("storage-chosen"), named.err());
  }

  @Test
  void saysWhichStorageItTookWhenNoneIsNamed() {
    Run run = publish();
    assertEquals(0, run.exit(), run.err());
    String chosen = "\"event\":\"storage-chosen\",\"origin\":\"" + fixture.service.origin() + "\"";
    assertEquals(1, run.err().lines().filter(line -> line.contains(chosen)).count(), run.err());
  }

  @Test
  void hardensTheProcessBeforeItReadsAKey() throws Exception {
    CompletableFuture<ChildJvm> child = new CompletableFuture<>();
    AtomicReference<String> limit = new AtomicReference<>("");
    fixture.service.interruption =
        (number, request, phase) -> {
          if (number == 1) {
            limit.set(coreLimit(child.join().pid()));
          }
        };
    child.complete(
        ChildJvm.start(
            StrongroomMain.class,
            ProcessHardening.LAUNCH_FLAGS,
            Map.of("HOME", folder.toString()),
            List.of(
                "publish",
                fixture.source.toString(),
                "--profile",
                folder.resolve(".config/strongroom/config.yaml").toString(),
                "--state-dir",
                fixture.state.toString(),
                "--model",
                "acme/chat",
                "--version",
                "3")));
    try (ChildJvm publishing = child.join()) {
      assertEquals(0, publishing.awaitExit(LIMIT), () -> publishing.output().toString());
    }
    assertEquals("0 0", limit.get());
  }

  private static String coreLimit(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/limits")).stream()
        .filter(line -> line.startsWith("Max core file size"))
        .map(line -> line.replace("Max core file size", "").replace("bytes", "").strip())
        .map(line -> line.replaceAll(" +", " "))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void refusesAKeyThatOthersMayRead() throws IOException {
    Files.setPosixFilePermissions(
        fixture.files.resolve("publisher.pem"), PosixFilePermissions.fromString("rw-r--r--"));
    Run run = publish();
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("key-file-insecure: "), run.err());
    assertTrue(run.err().contains("chmod 600"), run.err());
    assertEquals(0, fixture.service.requests());
  }

  @Test
  void endsWithTheCodeOfTheRefusal() throws IOException {
    Files.createSymbolicLink(fixture.source.resolve("link"), Path.of("config.json"));
    Run run = publish("--json");
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("\"code\":\"symlink-refused\""), run.err());
  }

  @Test
  void saysWhenNobodyAnswers() {
    Run run = publish("--service", "https://localhost:1");
    assertEquals(3, run.exit());
    assertTrue(run.err().contains("service-unreachable: "), run.err());
    assertTrue(run.err().contains("strongroom doctor"), run.err());
  }

  @Test
  void doctorLooksAtEachStepOfTheConnection() {
    Run run = Run.of(folder, "doctor", "--json");
    assertEquals(1, run.exit(), run.out() + run.err());
    for (String step : new String[] {"trust bundle", "dns", "tcp", "tls", "protocol", "token"}) {
      assertTrue(run.out().contains("\"step\":\"" + step + "\""), run.out());
    }
    assertTrue(run.out().contains("the file holds no JWT"), run.out());

    Run untrusted = Run.of(folder, "doctor", "--ca", otherCertificate().toString());
    assertEquals(1, untrusted.exit());
    assertTrue(untrusted.out().contains("not trusted: localhost"), untrusted.out());

    Run nobody = Run.of(folder, "doctor", "--service", "https://localhost:1");
    assertEquals(1, nobody.exit());
    assertTrue(nobody.out().contains("failed   tcp"), nobody.out());
  }

  private Path otherCertificate() {
    try {
      Path other = Files.createDirectories(folder.resolve("other"));
      return dev.strongroom.testkit.objectstore.SelfSignedKeyStore.in(other).certificate();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
