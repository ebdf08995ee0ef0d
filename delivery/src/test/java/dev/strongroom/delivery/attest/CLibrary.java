package dev.strongroom.delivery.attest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.testkit.kms.Tools;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** Libraries in C beside these tests, which stand for what needs hardware. */
public final class CLibrary {
  private CLibrary() {}

  /** Skips the test where there is no compiler, and fails it under CI. */
  public static void assumeCompiler() {
    Optional<String> missing = Tools.missing("cc", "gcc");
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
  }

  /**
   * Compiles one.
   *
   * @param name of the source
   * @param folder for the library
   * @param options of the compiler
   */
  public static Path compile(String name, Path folder, String... options) {
    Path source = folder.resolve(name + ".c");
    Path library = folder.resolve("lib" + name + ".so");
    try (InputStream in = CLibrary.class.getResourceAsStream(name + ".c")) {
      if (in == null) {
        throw new IllegalStateException("there is no " + name + ".c");
      }
      var _ = Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> command =
        new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-o", library.toString()));
    command.addAll(List.of(options));
    command.add(source.toString());
    var _ = Tools.run(Map.of(), command);
    return library;
  }
}
