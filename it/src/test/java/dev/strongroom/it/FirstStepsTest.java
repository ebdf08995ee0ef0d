package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.process.FreePorts;
import dev.strongroom.testkit.stage.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide for the first steps is run as it is written, on ports and in folders of this test. */
class FirstStepsTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh\\n(.*?)^```$");
  private static final String PACKAGING = "dev/package\n";
  // What ends it early ends what it has started as well.
  private static final String FRAME =
      """
      set -euo pipefail
      trap 'cd "$CHECKOUT"; kill $(jobs -p) 2>/dev/null || true; dev/lab stop ~/first-steps' EXIT
      trap 'exit 143' TERM
      cd "$CHECKOUT"
      """;

  @TempDir Path home;
  private Path memory;

  @BeforeEach
  void openMemory() throws IOException {
    memory = Files.createTempDirectory(Path.of("/dev/shm"), "strongroom-first-steps-");
  }

  @AfterEach
  void closeMemory() {
    Trees.remove(memory);
  }

  @Test
  void theGuideLeadsFromNothingToADeliveryAndItsEnd() throws IOException {
    Path script = Files.writeString(home.resolve("first-steps.sh"), FRAME + guide());
    Map<String, String> environment =
        Map.of(
            "CHECKOUT", Checkout.root().toString(),
            "HOME", home.toString(),
            "XDG_STATE_HOME", home.resolve("state").toString(),
            "JAVA_HOME", System.getProperty("java.home"),
            "STRONGROOM_JDK", System.getProperty("java.home"),
            "STRONGROOM_LAB_CLASSPATH",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")));
    // timeout signals all that the script started; killing the shell alone would leave them.
    List<String> command = List.of("timeout", "-k", "20", "240", "bash", script.toString());
    try (ChildProcess run = ChildProcess.start(command, environment)) {
      int status = run.awaitExit(Duration.ofMinutes(5));
      String output = String.join("\n", run.output());
      assertEquals(0, status, output);
      assertTrue(output.contains("the same bytes"), output);
      assertTrue(output.contains("the model is gone"), output);
      assertTrue(output.contains("lease.wiped"), output);
    }
  }

  private String guide() throws IOException {
    StringBuilder steps = new StringBuilder();
    Matcher block =
        BLOCK.matcher(Files.readString(Checkout.root().resolve("docs/guide/first-steps.md")));
    while (block.find()) {
      steps.append(block.group(1)).append('\n');
    }
    String text = steps.toString();
    assertTrue(text.startsWith(PACKAGING), text);
    String storage = Integer.toString(FreePorts.next());
    return text.substring(PACKAGING.length())
        .replace("$PWD/dist/target/strongroom/bin", Checkout.distribution().resolve("bin") + "")
        .replace("dev/lab start ~/first-steps", "dev/lab start ~/first-steps " + storage)
        .replace("9000", storage)
        .replace("8443", Integer.toString(FreePorts.next()))
        .replace("8081", Integer.toString(FreePorts.next()))
        .replace("/dev/shm/first-steps", memory.resolve("place").toString());
  }
}
