package dev.strongroom.testkit.kms;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The software token of NSS (Debian {@code libnss3} and {@code libnss3-tools}), over a folder. */
public final class NssToken {
  private static final String PIN = "test-nss-pin-3318";
  private static final List<Path> MODULES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/libsoftokn3.so"),
          Path.of("/usr/lib/x86_64-linux-gnu/nss/libsoftokn3.so"),
          Path.of("/usr/lib/aarch64-linux-gnu/libsoftokn3.so"),
          Path.of("/usr/lib64/libsoftokn3.so"));

  private NssToken() {}

  /** Why it cannot be used here, when it cannot. */
  public static Optional<String> missing() {
    return module().isEmpty()
        ? Optional.of("NSS is not installed. On Debian: apt-get install libnss3 libnss3-tools")
        : Tools.missing("certutil", "libnss3-tools");
  }

  /** Makes a token: a database of keys with a password. Its label is fixed by NSS. */
  public static TestToken create(Path folder) {
    try {
      Path database = Files.createDirectories(folder.resolve("nss"));
      Path pin = Tools.secret(folder.resolve("pin"), PIN + "\n");
      Tools.run(Map.of(), List.of("certutil", "-N", "-d", "sql:" + database, "-f", pin.toString()));
      return new TestToken(
          module().orElseThrow(),
          "configdir='sql:" + database + "' certPrefix='' keyPrefix='' secmod='secmod.db'",
          "NSS Certificate DB",
          pin,
          Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> module() {
    return MODULES.stream().filter(Files::isReadable).findFirst();
  }
}
