package dev.strongroom.keyservice.identity.spiffe;

import dev.strongroom.core.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the bundle of a trust domain once, for a check of the configuration. */
public final class BundleProbe {
  private BundleProbe() {}

  /** What is wrong with the file; empty when it can be used. */
  public static Optional<String> fault(Path bundle) {
    try {
      BundleJson.parse(Files.readAllBytes(bundle));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("it cannot be read: " + e);
    } catch (Problem e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
