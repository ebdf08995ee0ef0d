package dev.strongroom.testkit.kms;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Kryoptic, a token written in Rust, over a database file. The module is looked for in {@code
 * ~/.cache/strongroom/kryoptic-VERSION} and built there by Cargo, once, which takes minutes.
 */
public final class Kryoptic {
  private static final String VERSION = "1.5.4";
  private static final String PIN = "test-kry-pin-8450";
  private static final String SO_PIN = "test-kry-so-pin-1207";

  private static final String MANIFEST =
      """
      [package]
      name = "token"
      version = "0.0.0"
      edition = "2021"
      [lib]
      crate-type = ["cdylib"]
      path = "lib.rs"
      [dependencies.kryoptic-lib]
      version = "=%s"
      default-features = false
      features = ["minimal", "dynamic"]
      """
          .formatted(VERSION);

  private static final String LIBRARY =
      """
      use kryoptic_lib::fns::general::fn_get_function_list;
      use kryoptic_lib::pkcs11::*;

      #[no_mangle]
      pub extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
          fn_get_function_list(list)
      }
      """;

  private Kryoptic() {}

  /**
   * Why it cannot be used here, when it cannot. Builds the module otherwise, and says so on the
   * standard error.
   */
  public static Optional<String> missing() {
    if (Files.isReadable(module())) {
      return Tools.missing("pkcs11-tool", "opensc");
    }
    Optional<String> noCargo =
        Tools.missing("cargo", "cargo (1.85 or newer), libclang-dev, libssl-dev, libsqlite3-dev");
    if (noCargo.isPresent()) {
      return noCargo;
    }
    System.err.println("building Kryoptic " + VERSION + " into " + folder() + ": once, minutes");
    try {
      Files.createDirectories(folder());
      Files.writeString(folder().resolve("Cargo.toml"), MANIFEST);
      Files.writeString(folder().resolve("lib.rs"), LIBRARY);
      Tools.run(
          Map.of(),
          List.of(
              "cargo",
              "build",
              "--release",
              "--quiet",
              "--manifest-path",
              folder().resolve("Cargo.toml").toString(),
              "--target-dir",
              folder().resolve("target").toString()));
      return Optional.empty();
    } catch (IOException | IllegalStateException e) {
      return Optional.of("Kryoptic cannot be built: " + e.getMessage());
    }
  }

  /** Makes a token. */
  public static TestToken create(Path folder, String label) {
    try {
      Files.createDirectories(folder);
      Path config =
          Files.writeString(
              folder.resolve("kryoptic.toml"),
              "[[slots]]\nslot = 1\ndbtype = \"sqlite\"\ndbargs = \""
                  + folder.resolve("token.sql")
                  + "\"\n");
      Map<String, String> environment = Map.of("KRYOPTIC_CONF", config.toString());
      tool(environment, "--init-token", "--label", label, "--so-pin", SO_PIN);
      tool(
          environment,
          "--token-label",
          label,
          "--login",
          "--login-type",
          "so",
          "--so-pin",
          SO_PIN,
          "--init-pin",
          "--pin",
          PIN);
      Path pin = Tools.secret(folder.resolve("pin"), PIN + "\n");
      return new TestToken(module(), "", label, pin, environment);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void tool(Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("pkcs11-tool", "--module", module().toString()));
    command.addAll(List.of(arguments));
    Tools.run(environment, command);
  }

  private static Path module() {
    return folder().resolve("target/release/libtoken.so");
  }

  private static Path folder() {
    return Path.of(System.getProperty("user.home"), ".cache", "strongroom", "kryoptic-" + VERSION);
  }
}
