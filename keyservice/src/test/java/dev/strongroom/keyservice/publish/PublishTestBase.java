package dev.strongroom.keyservice.publish;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.storage.ObjectStorage;
import dev.strongroom.keyservice.storage.s3.TestStorage;
import dev.strongroom.testkit.objectstore.S3ProxyServer;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** One real object store for a class of tests, one stage for each test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PublishTestBase {
  static final ModelVersion CHAT = new ModelVersion(new ModelName("acme/chat"), new VersionId("3"));

  final PublisherKey key = PublisherKey.generate(SignatureAlgorithm.EDDSA);
  final TestPublisher publisher = new TestPublisher("publisher");
  final TestPublisher colleague = new TestPublisher("colleague");

  @SuppressWarnings("NullAway.Init")
  S3ProxyServer server;

  @SuppressWarnings("NullAway.Init")
  ObjectStorage storage;

  @SuppressWarnings("NullAway.Init")
  Path folder;

  @SuppressWarnings("NullAway.Init")
  PublishStage stage;

  @BeforeAll
  void startStorage(@TempDir Path objects) {
    server = S3ProxyServer.start(objects);
    storage = TestStorage.of(server.endpoint(), InstantSource.system());
  }

  @BeforeEach
  void openStage(@TempDir Path fresh) {
    folder = fresh;
    stage = new PublishStage(folder, storage, key);
  }

  @AfterEach
  void closeStage() {
    stage.close();
  }

  @AfterAll
  void stopStorage() {
    publisher.close();
    colleague.close();
    storage.close();
    server.close();
  }

  PublishFlow flow() {
    return stage.flow();
  }

  static ProblemCode refusal(Executable call) {
    return assertThrows(Problem.class, call).code();
  }
}
