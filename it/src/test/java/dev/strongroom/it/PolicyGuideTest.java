package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The guide to policies is run as it is written. */
class PolicyGuideTest {
  private static final Pattern SHELL = Pattern.compile("(?ms)^```sh\\n(.*?)^```$");
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$");
  private static final String FRAME = "set -euo pipefail\nexport STRONGROOM_TOKEN_FILE\n";

  @Test
  void theStoryOfTheGuideHolds() throws IOException {
    List<String> blocks = blocks(SHELL);
    assertTrue(blocks.size() > 6, "blocks: " + blocks.size());
    try (OnStage on = OnStage.open();
        Workload workload = on.stage().workload("chat", Stage.INFERENCE, "acme/chat", "1")) {
      Path folder = on.stage().folder();
      SampleModel.small(folder.resolve("model"));
      Files.copy(workload.config(), folder.resolve("chat.json"));
      Path token = on.stage().token(Stage.PUBLISHER);
      assertEquals(folder.resolve("tokens").resolve("publisher"), token);
      run(on, blocks.getFirst());
      on.edit(on.stage().config(), "policyFile: policy.yaml\n", blocks(YAML).getFirst());
      on.restartKeyService();
      // Each delivery finds the place of its files empty.
      String story =
          String.join("\n", blocks.subList(1, blocks.size()))
              .replace(
                  "strongroom-init --config chat.json",
                  "rm -rf " + workload.target() + "*; strongroom-init --config chat.json");
      String output = run(on, story);
      for (String piece :
          new String[] {
            "allowUnattested",
            "3 passed, 0 failed.",
            "In force: version 1 of the policy",
            "approved by alice, bob",
            "they differ",
            "added condition 'own-network'",
            "it would change something",
            "1 would be refused",
            "it would have changed something",
            "2 would have been refused",
            "the workload is refused",
            "condition-failed",
            "The nearest change that would allow it:",
            "`peer.address.startsWith(\"10.\")` is false, the condition wants true",
            "In force: version 3 of the policy",
            "3 grants",
            "3 leases would end",
            "nobody gets it any more"
          }) {
        assertTrue(output.contains(piece), () -> piece + " is not in:\n" + output);
      }
      assertTrue(Files.exists(workload.target()), "delivered under the old policy again");
      List<LogEvent.PolicyApplied> applied =
          on.events().stream()
              .filter(LogEvent.PolicyApplied.class::isInstance)
              .map(LogEvent.PolicyApplied.class::cast)
              .filter(event -> event.version() != null)
              .toList();
      assertEquals(List.of(1L, 2L, 3L), applied.stream().map(e -> e.version()).toList());
      assertEquals(List.of("alice", "bob"), applied.getLast().approvers());
    }
  }

  private static List<String> blocks(Pattern kind) throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher block = kind.matcher(Files.readString(Checkout.root().resolve("docs/guide/policy.md")));
    while (block.find()) {
      blocks.add(block.group(1));
    }
    return blocks;
  }

  private static String run(OnStage on, String script) throws IOException {
    Stage stage = on.stage();
    Path file =
        Files.writeString(
            stage.folder().resolve("guide.sh"), FRAME + "cd '" + stage.folder() + "'\n" + script);
    Map<String, String> environment =
        Map.of(
            "PATH", Checkout.distribution().resolve("bin") + ":" + System.getenv("PATH"),
            "HOME", stage.folder().toString(),
            "XDG_STATE_HOME", stage.folder().resolve("state").toString(),
            "STRONGROOM_JDK", System.getProperty("java.home"),
            "STRONGROOM_SERVICE", stage.origin(),
            "STRONGROOM_TRUST", stage.trustBundle().toString(),
            "STRONGROOM_CA", stage.certificate().toString(),
            "STRONGROOM_TOKEN_FILE", stage.token(Stage.OPERATOR).toString());
    List<String> command = List.of("timeout", "-k", "20", "400", "bash", file.toString());
    try (ChildProcess run = ChildProcess.start(command, environment)) {
      int status = run.awaitExit(Duration.ofMinutes(7));
      String output = String.join("\n", run.output());
      assertEquals(0, status, output);
      return output;
    }
  }
}
