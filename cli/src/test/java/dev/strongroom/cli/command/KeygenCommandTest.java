package dev.strongroom.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.cli.Run;
import dev.strongroom.core.manifest.PublisherKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeygenCommandTest {
  @TempDir Path home;

  @Test
  void makesAKeyThatPublishReads() throws IOException {
    Path file = home.resolve("publisher.pem");
    Run run = Run.of(home, "keygen", "publisher", file.toString());
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains(PublisherKey.read(file).keyId().hex()), run.out());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));

    Run again = Run.of(home, "keygen", "publisher", file.toString());
    assertEquals(2, again.exit());
    assertTrue(again.err().startsWith("configuration-invalid: "), again.err());
  }

  @Test
  void makesBothKindsOfKeys() {
    Path file = home.resolve("p256.pem");
    Run run = Run.of(home, "keygen", "publisher", file.toString(), "--algorithm", "es256");
    assertEquals(0, run.exit(), run.err());
  }
}
