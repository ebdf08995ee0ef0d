package dev.strongroom.testkit.stage;

import dev.strongroom.testkit.objectstore.ObjectStoreMain;
import dev.strongroom.testkit.objectstore.S3Endpoint;
import dev.strongroom.testkit.objectstore.VersitygwServer;
import dev.strongroom.testkit.process.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The object storage of a stage. */
final class StageStorage {
  private StageStorage() {}

  /**
   * Starts the fastest that is wanted and can be had.
   *
   * @param servers takes on the process that was started
   */
  static S3Endpoint start(Path objects, boolean fast, List<AutoCloseable> servers) {
    try {
      Files.createDirectories(objects);
    } catch (IOException e) {
      throw new UncheckedIOException("the stage cannot be set", e);
    }
    if (fast && VersitygwServer.missing().isEmpty()) {
      VersitygwServer server = VersitygwServer.start(objects);
      servers.add(server);
      return server.endpoint();
    }
    String access = "stage-access";
    String secret = "stage-secret-key-not-secret";
    ChildJvm server =
        ChildJvm.start(
            ObjectStoreMain.class,
            List.of("-Xmx512m"),
            Map.of("STRONGROOM_S3_ACCESS_KEY", access, "STRONGROOM_S3_SECRET_KEY", secret),
            List.of("--dir", objects.toString(), "--bucket", "weights"));
    servers.add(server);
    String line = server.awaitLine("ready ", Stage.START);
    URI uri = URI.create(line.substring(line.indexOf("http")));
    return new S3Endpoint(uri, "us-east-1", "weights", access, secret);
  }
}
