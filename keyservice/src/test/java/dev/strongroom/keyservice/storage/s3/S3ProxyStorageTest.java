package dev.strongroom.keyservice.storage.s3;

import dev.strongroom.keyservice.storage.ObjectStorage;
import dev.strongroom.keyservice.storage.ObjectStorageContract;
import dev.strongroom.testkit.objectstore.S3ProxyServer;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract against S3Proxy. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class S3ProxyStorageTest extends ObjectStorageContract {
  private final S3ProxyServer server;

  S3ProxyStorageTest(@TempDir Path folder) {
    this.server = S3ProxyServer.start(folder);
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
