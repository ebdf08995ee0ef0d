package dev.strongroom.auditlog;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Finds the vectors among the test resources. */
final class TestVectors {
  private TestVectors() {}

  static Path folder(String name) {
    URL url =
        Objects.requireNonNull(
            TestVectors.class.getResource("/vectors/" + name), "missing vectors: " + name);
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
