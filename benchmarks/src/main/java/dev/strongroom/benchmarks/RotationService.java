package dev.strongroom.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.delivery.client.ClientLimits;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.client.ServiceAddress;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.client.TokenSource;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * The key service of a rotation: started with one KEK after the other, and on copies of its data.
 */
final class RotationService {
  private static final long POLL_NANOS = 50_000_000;
  private static final String DATA = "dataDir: keyservice\n";

  private final Stage stage;
  private final String configuration;

  RotationService(Stage stage) throws IOException {
    this.stage = stage;
    this.configuration = Files.readString(stage.config());
    if (!configuration.contains(DATA)) {
      throw new IllegalStateException("the stage names its data folder differently");
    }
  }

  /** Stops it, and starts it with this KEK configuration. */
  void restart(String kek, Map<String, String> environment) throws IOException {
    stage.stopKeyService();
    Files.writeString(stage.config(), configuration + kek);
    stage.keyServiceEnvironment(environment);
    stage.startKeyService();
  }

  /** Copies its data while it is stopped, and starts it again. */
  Path copy(String name) {
    Path copy = stage.dataDir().resolveSibling(name);
    whileStopped(() -> {
      Path _ = Trees.copy(stage.dataDir(), copy);
    });
    return copy;
  }

  /** Stops it, does this, and starts it again. */
  void whileStopped(Runnable work) {
    stage.stopKeyService();
    work.run();
    stage.startKeyService();
  }

  /**
   * Starts it on a copy of its data instead.
   *
   * @return whether it starts; it may say that the KEK of the copy is not there
   */
  boolean restartOn(Path copy, String kek, Map<String, String> environment) throws IOException {
    stage.stopKeyService();
    Files.writeString(
        stage.config(), configuration.replace(DATA, "dataDir: " + copy.getFileName() + "\n") + kek);
    stage.keyServiceEnvironment(environment);
    try {
      stage.startKeyService();
      return true;
    } catch (AssertionError e) {
      if (String.valueOf(e.getMessage()).contains("kek-not-configured")) {
        return false;
      }
      throw e;
    }
  }

  /** Disables every key of the keyset file but the primary one, as {@code tinkey} does. */
  void disableFormerKeysOfFile() throws IOException {
    Path file = stage.dataDir().resolve("kek.json");
    ObjectMapper json = new ObjectMapper();
    JsonNode keyset = json.readTree(file.toFile());
    for (JsonNode key : keyset.path("key")) {
      if (key.path("keyId").asLong() != keyset.path("primaryKeyId").asLong()) {
        ((ObjectNode) key).put("status", "DISABLED");
      }
    }
    Files.writeString(file, json.writeValueAsString(keyset));
  }

  private Session administrator() {
    return new Session(
        new KeyServiceClient(
            ServiceAddress.of(stage.origin(), stage.origin()),
            () -> TlsTrust.of(stage.certificate()),
            TokenSource.file(stage.token(Stage.OPERATOR)),
            ClientLimits.DEFAULT,
            Timing.system(),
            InstantSource.system()));
  }

  void rotate() {
    try (Session session = administrator()) {
      JsonNode _ = session.post("/v1/keys/rotate", null);
    }
  }

  /** Moves all data keys to the newest KEK version; how many were moved. */
  long rewrap() {
    return move("rewrap", "rewrap", "rewrapped");
  }

  /** Moves all data keys out of former KEKs; how many were moved. */
  long migrate() {
    return move("migrate", "migration", "migrated");
  }

  private long move(String act, String member, String moved) {
    try (Session session = administrator()) {
      JsonNode progress = session.post("/v1/keys/" + act, null);
      while (progress.path("state").asText().equals("running")) {
        LockSupport.parkNanos(POLL_NANOS);
        progress = session.get("/v1/keys").path(member);
      }
      if (!progress.path("state").asText().equals("done")
          || progress.path("failed").asLong() != 0) {
        throw new IllegalStateException(act + " ended with " + progress);
      }
      return progress.path(moved).asLong();
    }
  }

  /** What the service tells of its keys. */
  JsonNode keys() {
    try (Session session = administrator()) {
      return session.get("/v1/keys");
    }
  }
}
