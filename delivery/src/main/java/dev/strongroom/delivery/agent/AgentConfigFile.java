package dev.strongroom.delivery.agent;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Reads configuration and trust from files, strictly. */
public final class AgentConfigFile {
  private static final int MAX_BYTES = 1 << 20;

  private AgentConfigFile() {}

  /**
   * Reads a configuration.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the file cannot be read, has an
   *     unknown member (the message names the nearest known one), or a value is out of range
   */
  public static AgentConfig read(Path file) {
    byte[] bytes = bytes(file);
    try {
      JsonNode tree = CanonicalJson.parse(bytes, MAX_BYTES);
      requireKnown("", tree, AgentConfig.class);
      requireKnown("consumer.", tree.path("consumer"), AgentConfig.Consumer.class);
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
    byte[] bytes = bytes(file);
    try {
      return CanonicalJson.parse(bytes, TrustBundle.class, MAX_BYTES);
    } catch (Problem e) {
      throw invalid(file, e);
    }
  }

  private static void requireKnown(String prefix, JsonNode tree, Class<?> type) {
    List<String> known =
        Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
    tree.fieldNames()
        .forEachRemaining(name -> {
          if (!known.contains(name)) {
            throw new Problem(
                ProblemCode.CONFIGURATION_INVALID,
                "unknown key '"
                    + prefix
                    + name
                    + "'"
                    + NearestName.among(known, name)
                        .map(near -> "; did you mean '" + prefix + near + "'?")
                        .orElse("; known are " + String.join(", ", known)));
          }
        });
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, file + " cannot be read", e);
    }
  }

  private static Problem invalid(Path file, Problem e) {
    return new Problem(ProblemCode.CONFIGURATION_INVALID, file + ": " + e.getMessage(), e);
  }
}
