package dev.strongroom.core.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceTreeTest {
  @TempDir Path directory;

  private Path root = Path.of("");

  @BeforeEach
  void makeTree() throws IOException {
    root = Files.createDirectory(directory.resolve("model"));
    file("config.json", 10, "rw-r--r--");
    file("a-b/x", 0, "rwxr-x---");
    file("a/b", 7, "rw-------");
    Files.createDirectories(root.resolve("empty/inside"));
  }

  private void file(String name, int size, String permissions) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[size]);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private ProblemCode refusal() {
    return assertThrows(Problem.class, () -> SourceTree.walk(root)).code();
  }

  @Test
  void listsRegularFilesInTheOrderOfTheirBytes() {
    StringBuilder found = new StringBuilder();
    for (SourceFile file : SourceTree.walk(root).files()) {
      found.append(
          String.format("%s %s %d;", file.path(), Integer.toOctalString(file.mode()), file.size()));
    }
    assertEquals("a-b/x 550 0;a/b 400 7;config.json 444 10;", found.toString());
  }

  @Test
  void refusesALinkToAFile() throws IOException {
    Files.createSymbolicLink(root.resolve("link"), root.resolve("config.json"));
    assertEquals(ProblemCode.SYMLINK_REFUSED, refusal());
  }

  @Test
  void showsNoControlCharactersOfNames() throws IOException {
    Files.createSymbolicLink(root.resolve("li\u001b[31m\nnk"), root.resolve("config.json"));
    Problem problem = assertThrows(Problem.class, () -> SourceTree.walk(root));
    assertEquals(ProblemCode.SYMLINK_REFUSED, problem.code());
    assertEquals("'li?[31m?nk' is a symbolic link; copy what it points to", problem.getMessage());
  }

  @Test
  void refusesALinkToADirectory() throws IOException {
    Files.createSymbolicLink(root.resolve("link"), root.resolve("a"));
    assertEquals(ProblemCode.SYMLINK_REFUSED, refusal());
  }

  @Test
  void refusesADanglingLink() throws IOException {
    Files.createSymbolicLink(root.resolve("link"), Path.of("/nowhere/at/all"));
    assertEquals(ProblemCode.SYMLINK_REFUSED, refusal());
  }

  @Test
  void acceptsADirectoryThatIsNamedThroughALink() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("here"), root);
    assertEquals(3, SourceTree.walk(link).files().size());
  }

  @Test
  void refusesASpecialFile() throws IOException {
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(root.resolve("socket")));
      assertEquals(ProblemCode.INVALID_PATH, refusal());
    }
  }

  @Test
  void refusesNamesThatDifferInCaseOnly() throws IOException {
    file("CONFIG.json", 1, "rw-r--r--");
    assertEquals(ProblemCode.INVALID_PATH, refusal());
  }

  @Test
  void refusesABackslashInAName() throws IOException {
    file("a\\b", 1, "rw-r--r--");
    assertEquals(ProblemCode.INVALID_PATH, refusal());
  }

  @Test
  void refusesADirectoryThatIsTooDeepEvenWhenEmpty() throws IOException {
    Files.createDirectories(root.resolve("d/".repeat(17)));
    assertEquals(ProblemCode.INVALID_PATH, refusal());
  }

  @Test
  void refusesAnEmptyTreeAFileAndNothing() throws IOException {
    Path empty = Files.createDirectory(directory.resolve("none"));
    assertEquals(
        ProblemCode.INVALID_PATH, assertThrows(Problem.class, () -> SourceTree.walk(empty)).code());
    assertEquals(
        ProblemCode.NOT_FOUND,
        assertThrows(Problem.class, () -> SourceTree.walk(root.resolve("config.json"))).code());
    assertEquals(
        ProblemCode.NOT_FOUND,
        assertThrows(Problem.class, () -> SourceTree.walk(root.resolve("missing"))).code());
  }
}
