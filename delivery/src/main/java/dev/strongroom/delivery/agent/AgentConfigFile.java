package dev.strongroom.delivery.agent;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads configuration and trust from files, strictly. */
public final class AgentConfigFile {
  private static final int MAX_BYTES = 1 << 20;
  private static final String WHERE_FROM = "get the trust bundle from whoever runs the key service";

  private AgentConfigFile() {}

  /**
   * Reads a configuration.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the file cannot be read, has
   *     members that are unknown (the message names the nearest known one), missing or of another
   *     type (all are named at once), or a value is out of range
   */
  public static AgentConfig read(Path file) {
    byte[] bytes = bytes(file, "--config: ", "");
    try {
      JsonNode tree = CanonicalJson.parse(bytes, MAX_BYTES);
      requireFaultless(tree);
      return CanonicalJson.parse(bytes, AgentConfig.class, MAX_BYTES);
    } catch (Problem e) {
      throw invalid(file, e);
    }
  }

  /**
   * Reads a trust bundle.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it cannot be read or is none
   */
  public static TrustBundle trust(Path file) {
    byte[] bytes = bytes(file, "trustBundle: ", "; " + WHERE_FROM);
    try {
      return CanonicalJson.parse(bytes, TrustBundle.class, MAX_BYTES);
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "trustBundle: " + file + ": " + e.getMessage() + "; " + WHERE_FROM,
          e);
    }
  }

  private static void requireFaultless(JsonNode tree) {
    List<String> faults = MemberFaults.of(tree, AgentConfig.class);
    if (!faults.isEmpty()) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, String.join("; ", faults));
    }
  }

  private static byte[] bytes(Path file, String key, String advice) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, key + file + " does not exist" + advice, e);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          key + file + " cannot be read by user " + System.getProperty("user.name") + advice,
          e);
    }
  }

  private static Problem invalid(Path file, Problem e) {
    return new Problem(ProblemCode.CONFIGURATION_INVALID, file + ": " + e.getMessage(), e);
  }
}
