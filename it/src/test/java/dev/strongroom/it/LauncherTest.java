package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.testkit.process.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of the distribution look at the Java that they are about to start. */
class LauncherTest {
  private static final List<String> PROGRAMS =
      List.of("strongroom", "strongroom-keyservice", "strongroom-sidecar", "strongroom-init");

  @TempDir Path folder;

  private record Ended(int status, String text) {}

  @Test
  void anotherJavaIsNamedAndNotStarted() throws IOException {
    Path jdk = jdk("echo started; exit 1");
    Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"17.0.15\"\n");
    for (String program : PROGRAMS) {
      Ended ended = run(program, jdk);
      assertEquals(78, ended.status(), ended::text);
      assertEquals(
          "strongroom needs Java 25, and "
              + jdk.resolve("bin/java")
              + " is 17.0.15: set JAVA_HOME or STRONGROOM_JDK to the folder of one",
          ended.text());
    }
  }

  @Test
  void aJavaWithoutAReleaseFileIsAsked() throws IOException {
    Ended old = run("strongroom", jdk("echo 'openjdk version \"21.0.1\" 2023-10-17' >&2"));
    assertEquals(78, old.status(), old::text);
    assertTrue(old.text().contains("is 21.0.1"), old::text);

    Ended none = run("strongroom", jdk("echo 'sorry'"));
    assertEquals(78, none.status(), none::text);
    assertTrue(none.text().contains("is no Java"), none::text);
  }

  @Test
  void noJavaAtAllIsSaid() {
    Ended ended = run("strongroom", folder.resolve("nowhere"));
    assertEquals(78, ended.status(), ended::text);
    assertTrue(ended.text().contains("there is no program"), ended::text);
  }

  @Test
  void java25IsStarted() throws IOException {
    for (String version : List.of("25", "25.0.3", "25-ea")) {
      Path jdk = jdk("for last; do :; done; echo \"$last\"; exit 7");
      Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
      Ended ended = run("strongroom", jdk);
      assertEquals(7, ended.status(), ended::text);
      assertEquals("--help", ended.text());
    }
  }

  // A folder like that of a JDK, with this shell script in the place of java.
  private Path jdk(String script) throws IOException {
    Path jdk = folder.toRealPath().resolve("jdk");
    Path java = Files.createDirectories(jdk.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    return jdk;
  }

  private static Ended run(String program, Path jdk) {
    Path launcher = Checkout.root().resolve("dist/src/main/bin").resolve(program);
    try (ChildProcess process =
        ChildProcess.start(
            List.of("sh", launcher.toString(), "--help"),
            Map.of("STRONGROOM_JDK", jdk.toString()))) {
      int status = process.awaitExit(Await.LIMIT);
      return new Ended(status, String.join("\n", process.output()));
    }
  }
}
