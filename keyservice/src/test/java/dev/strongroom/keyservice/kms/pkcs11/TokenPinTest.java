package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.testkit.kms.Tools;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenPinTest {
  private static final byte[] PIN = "pin 1234".getBytes(StandardCharsets.UTF_8);
  @TempDir Path folder;

  @Test
  void theLineInAFileIsThePin() throws IOException {
    for (String text : new String[] {"pin 1234", "pin 1234\n", "pin 1234\r\n"}) {
      try (SecretBytes pin = new TokenPin.File(file(text)).read()) {
        assertTrue(pin.sameAs(PIN));
      }
    }
  }

  @Test
  void anEmptyOrLongOneIsRefused() throws IOException {
    for (String text : new String[] {"", "\n", "1".repeat(256), "1".repeat(4000)}) {
      assertRefused(ProblemCode.CONFIGURATION_INVALID, file(text));
    }
  }

  @Test
  void aFileThatOthersReadIsRefused() throws IOException {
    Path file = file("pin 1234");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertRefused(ProblemCode.KEY_FILE_INSECURE, file);
    assertRefused(ProblemCode.KEY_FILE_MISSING, folder.resolve("none"));
  }

  @Test
  void anInheritedDescriptorIsReadOnceAndClosed() throws IOException {
    String output =
        Tools.run(
            Map.of(),
            List.of(
                "bash",
                "-c",
                "exec \"$0\" --enable-native-access=ALL-UNNAMED -cp \"$1\" \"$2\" 7 7< \"$3\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                System.getProperty("java.class.path"),
                DescriptorMain.class.getName(),
                file("pin 1234\n").toString()));
    assertEquals("true true configuration-invalid", output.strip());
  }

  /** Reads the PIN from the descriptor in its argument, twice, and then the closed descriptor. */
  static final class DescriptorMain {
    private DescriptorMain() {}

    /** Prints what it found. */
    public static void main(String[] arguments) {
      int number = Integer.parseInt(arguments[0]);
      try (TokenPin pin = TokenPin.Descriptor.inherited(number);
          SecretBytes first = pin.read();
          SecretBytes second = pin.read()) {
        Problem closed = assertThrows(Problem.class, () -> TokenPin.Descriptor.inherited(number));
        System.out.println(
            first.sameAs(PIN) + " " + second.sameAs(PIN) + " " + closed.code().wireName());
      }
    }
  }

  private Path file(String text) throws IOException {
    Path file = folder.resolve("pin");
    Files.deleteIfExists(file);
    return Tools.secret(file, text);
  }

  private static void assertRefused(ProblemCode code, Path file) {
    assertEquals(
        code, assertThrows(Problem.class, () -> new TokenPin.File(file).read().close()).code());
  }
}
