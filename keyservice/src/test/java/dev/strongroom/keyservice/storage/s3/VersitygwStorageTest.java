package dev.strongroom.keyservice.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.keyservice.storage.ObjectStorage;
import dev.strongroom.keyservice.storage.ObjectStorageContract;
import dev.strongroom.testkit.objectstore.VersitygwServer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract against versitygw, where its binary is there or can be built. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VersitygwStorageTest extends ObjectStorageContract {
  private final VersitygwServer server;

  VersitygwStorageTest(@TempDir Path folder) {
    Optional<String> missing = VersitygwServer.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    this.server = VersitygwServer.start(folder);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @Override
  protected ObjectStorage storage(InstantSource clock) {
    return TestStorage.of(server.endpoint(), clock);
  }
}
