package dev.strongroom.testkit.stage;

import dev.strongroom.testkit.process.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One workload: the place where its weights appear, and the agent that brings them there. The
 * target lies in shared memory, below a folder of its own that {@link #close} removes.
 */
public final class Workload implements AutoCloseable {
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private final Stage stage;
  private final Path folder;
  private final Path token;
  private final String model;
  private final String version;
  private final Path memory;
  private boolean hasToken = true;
  private final List<String> extra = new ArrayList<>();
  private final Map<String, String> environment;

  Workload(Stage stage, Path folder, Path token, String model, String version) {
    this.stage = stage;
    this.folder = folder;
    this.token = token;
    this.model = model;
    this.version = version;
    this.environment = new HashMap<>(stage.environment());
    try {
      this.memory = Files.createTempDirectory(SHARED_MEMORY, "strongroom-stage-");
    } catch (IOException e) {
      throw new UncheckedIOException("there is no room in " + SHARED_MEMORY, e);
    }
  }

  /** Adds a member to the agent's configuration, as JSON: {@code "workers": 2}. */
  public Workload with(String member) {
    extra.add(member);
    return this;
  }

  /** Has no token file: something else identifies it. */
  public Workload withoutToken() {
    hasToken = false;
    return this;
  }

  /** Adds options to the JVM of the agent. */
  public Workload withJavaOptions(String options) {
    environment.put("STRONGROOM_JAVA_OPTS", options);
    return this;
  }

  /** The directory in which the model appears. */
  public Path target() {
    return memory.resolve("model");
  }

  /** Where a consumer writes its process id, so that the sidecar can stop it before it wipes. */
  public Path pidFile() {
    return folder.resolve("consumer.pid");
  }

  /** Starts a sidecar and returns at once. */
  public ChildProcess startSidecar() {
    return start("strongroom-sidecar");
  }

  /** Starts an init container and returns at once. */
  public ChildProcess startInit() {
    return start("strongroom-init");
  }

  /** Starts a sidecar and waits until the model is there. */
  public ChildProcess deliver(Duration limit) {
    ChildProcess sidecar = startSidecar();
    sidecar.awaitLine("\"event\":\"ready\"", limit);
    return sidecar;
  }

  /** The configuration file of the agent. */
  public Path config() {
    List<String> members =
        new ArrayList<>(
            List.of(
                member("service", stage.origin()),
                member("caFile", stage.certificate().toString()),
                member("trustBundle", stage.trustBundle().toString()),
                member("model", model),
                member("version", version),
                member("target", target().toString()),
                "\"storageHosts\": [\"" + stage.storage().uri() + "\"]"));
    if (hasToken) {
      members.add(member("tokenFile", token.toString()));
    }
    members.addAll(extra);
    return StageFiles.write(
        folder.resolve("agent.json"),
        "{\n  " + String.join(",\n  ", members) + "\n}\n",
        "rw-------");
  }

  private ChildProcess start(String program) {
    ChildProcess started =
        ChildProcess.start(
            List.of(stage.program(program), "--config", config().toString()), environment);
    stage.adopt(started);
    return started;
  }

  private static String member(String name, String value) {
    return "\"" + name + "\": \"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  /** Removes what is left in shared memory. */
  @Override
  public void close() {
    Trees.remove(memory);
  }
}
