package dev.strongroom.cli.publish;

import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One certificate for all tests of this JVM, because making one takes a second. */
public final class TestTls {
  private static final SelfSignedKeyStore FILES = make();

  private TestTls() {}

  /** Key store and certificate of localhost. */
  public static SelfSignedKeyStore files() {
    return FILES;
  }

  private static SelfSignedKeyStore make() {
    try {
      Path folder = Files.createTempDirectory("strongroom-test-tls");
      folder.toFile().deleteOnExit();
      SelfSignedKeyStore files = SelfSignedKeyStore.in(folder);
      files.keyStore().toFile().deleteOnExit();
      files.certificate().toFile().deleteOnExit();
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
