package dev.strongroom.it;

import java.nio.file.Files;
import java.nio.file.Path;

/** The source tree that the tests belong to, and what is packaged from it. */
final class Checkout {
  private Checkout() {}

  /** The folder of the parent project. */
  static Path root() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isRegularFile(at.resolve("it/pom.xml"))) {
        return at;
      }
    }
    throw new AssertionError("the tests run inside the source tree");
  }

  /** The packaged programs: {@code bin/} and {@code lib/}. */
  static Path distribution() {
    String named = System.getProperty("strongroom.distribution");
    Path folder =
        named != null ? Path.of(named) : root().resolve("dist").resolve("target/strongroom");
    if (!Files.isExecutable(folder.resolve("bin/strongroom"))) {
      throw new AssertionError(folder + " is not packaged: run 'dev/mvn package' first");
    }
    return folder;
  }
}
