package dev.strongroom.testkit.kms;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** SoftHSM 2 of the system (Debian {@code softhsm2}), over a folder. */
public final class SoftHsm {
  /** Of every token made here. */
  public static final String PIN = "test-pin-5902";

  private static final String SO_PIN = "test-so-pin-7721";
  private static final String MODULE_NAME = "libsofthsm2.so";
  private static final List<Path> LIBRARY_FOLDERS =
      List.of(
          Path.of("/usr/lib/softhsm"),
          Path.of("/usr/lib/x86_64-linux-gnu/softhsm"),
          Path.of("/usr/lib/aarch64-linux-gnu/softhsm"),
          Path.of("/usr/lib64/pkcs11"));

  private SoftHsm() {}

  /** Why it cannot be used here, when it cannot. */
  public static Optional<String> missing() {
    return module().isEmpty()
        ? Optional.of("SoftHSM is not installed. On Debian: apt-get install softhsm2")
        : Tools.missing("softhsm2-util", "softhsm2")
            .or(() -> Tools.missing("pkcs11-tool", "opensc"));
  }

  /** Makes a token, in a SoftHSM of its own. */
  public static TestToken create(Path folder, String label) {
    TestToken token = empty(folder, label);
    Tools.run(
        token.environment(),
        List.of(
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            label,
            "--so-pin",
            SO_PIN,
            "--pin",
            PIN));
    Tools.secret(token.pinFile(), PIN + "\n");
    return token;
  }

  /** A SoftHSM of its own without a token, and without the file of the PIN: both are to be made. */
  public static TestToken empty(Path folder, String label) {
    try {
      Path tokens = Files.createDirectories(folder.resolve("tokens"));
      Path config =
          Files.writeString(
              folder.resolve("softhsm2.conf"),
              "directories.tokendir = "
                  + tokens
                  + "\nobjectstore.backend = file\nlog.level = ERROR\n");
      return new TestToken(
          module().orElseThrow(),
          "",
          label,
          folder.resolve("pin"),
          Map.of("SOFTHSM2_CONF", config.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The shared library, where it is installed. */
  public static Optional<Path> module() {
    return LIBRARY_FOLDERS.stream()
        .map(folder -> folder.resolve(MODULE_NAME))
        .filter(Files::isReadable)
        .findFirst();
  }
}
