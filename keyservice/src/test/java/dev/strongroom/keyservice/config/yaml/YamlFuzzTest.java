package dev.strongroom.keyservice.config.yaml;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.PolicyDocument;
import java.nio.file.Path;

/** Whatever a file holds, it is read or its faults are listed; nothing else is thrown. */
class YamlFuzzTest {

  @FuzzTest(maxDuration = "30s")
  void configuration(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    switch (KeyServiceConfig.parse(text, Path.of("/etc"))) {
      case Reading.Valid<KeyServiceConfig>(KeyServiceConfig config) -> {
        var _ = config.origin();
      }
      case Reading.Invalid<KeyServiceConfig> invalid -> requireFaults(invalid);
    }
  }

  @FuzzTest(maxDuration = "30s")
  void policy(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    switch (PolicyDocument.parse(text)) {
      case Reading.Valid<PolicyDocument>(PolicyDocument document) -> {
        var _ = new CompiledPolicy(document).digest();
      }
      case Reading.Invalid<PolicyDocument> invalid -> requireFaults(invalid);
    }
  }

  private static void requireFaults(Reading.Invalid<?> invalid) {
    if (invalid.faults().isEmpty()) {
      throw new AssertionError("refused without a fault");
    }
  }
}
