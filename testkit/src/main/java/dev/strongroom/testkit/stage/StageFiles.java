package dev.strongroom.testkit.stage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Where the files of a stage lie. */
final class StageFiles {
  private final Path folder;

  StageFiles(Path folder) {
    this.folder = folder;
  }

  Path folder() {
    return folder;
  }

  /** Where the objects lie: ciphertext only. */
  Path objects() {
    return folder.resolve("objects");
  }

  Path config() {
    return folder.resolve("keyservice.yaml");
  }

  Path dataDir() {
    return folder.resolve("keyservice");
  }

  Path log() {
    return dataDir().resolve("log");
  }

  Path trustBundle() {
    return dataDir().resolve("trust-bundle.json");
  }

  Path certificate() {
    return dataDir().resolve("tls").resolve("server.crt");
  }

  Path publisherKey() {
    return folder.resolve("publisher.pem");
  }

  Path directory(String name) {
    try {
      return Files.createDirectories(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path write(Path file, String text, String permissions) {
    try {
      Files.writeString(file, text);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
