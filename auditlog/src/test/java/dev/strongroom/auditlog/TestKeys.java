package dev.strongroom.auditlog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;

/** Keys and trust for logs of the tests, made once. */
final class TestKeys {
  static final String ORIGIN = "log.example/strongroom";
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  static final InstantSource CLOCK = InstantSource.fixed(NOW);
  static final LogKeys KEYS = make(ORIGIN);
  static final LogTrust TRUST = LogTrust.of(ORIGIN, KEYS.verifierKeys());

  private TestKeys() {}

  static LogKeys make(String origin) {
    try {
      Path folder = Files.createTempDirectory("auditlog-keys");
      Path ed25519 = folder.resolve("ed25519");
      Path mlDsa44 = folder.resolve("mldsa44");
      LogKeys keys = LogKeys.generate(ed25519, mlDsa44, origin);
      Files.delete(ed25519);
      Files.delete(mlDsa44);
      Files.delete(folder);
      return keys;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
