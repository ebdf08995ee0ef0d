package dev.strongroom.it;

import dev.strongroom.core.json.StrictJson;
import dev.strongroom.testkit.stage.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The objects of one published version as they lie in the folder of the object store, and what
 * somebody who runs that store could do to them.
 */
final class StoredObjects {
  private final Path bucket;
  private final Map<String, String> names = new HashMap<>();

  StoredObjects(Stage stage, String model, String version) {
    this.bucket = stage.objects().resolve(stage.storage().bucket());
    String shown =
        stage
            .strongroom(Stage.PUBLISHER, "version", "show", model, version, "--json")
            .expect(0)
            .output()
            .getLast();
    try {
      StrictJson.mapper()
          .readTree(shown)
          .at("/manifest/files")
          .forEach(file -> names.put(file.path("path").asText(), file.path("objectName").asText()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the object of a file lies. */
  Path of(String path) {
    Path object = bucket.resolve(names.get(path));
    if (!Files.isRegularFile(object)) {
      throw new AssertionError("the object of " + path + " is not at " + object);
    }
    return object;
  }

  byte[] read(String path) throws IOException {
    return Files.readAllBytes(of(path));
  }

  /** Puts other bytes where an object is; attributes of the file stay. */
  void write(String path, byte[] bytes) throws IOException {
    Files.write(of(path), bytes);
  }
}
