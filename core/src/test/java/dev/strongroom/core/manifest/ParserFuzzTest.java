package dev.strongroom.core.manifest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.weights.StreamHeader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Parsers of what strangers send. They may refuse with a {@link Problem}, and with nothing else;
 * what they accept has one spelling. Without {@code JAZZER_FUZZ=1} only the committed inputs are
 * run.
 */
class ParserFuzzTest {
  private static final int LIMIT = 1 << 16;

  @FuzzTest(maxDuration = "60s")
  void manifest(byte[] input) {
    Manifest manifest;
    try {
      manifest = ManifestCodec.parse(input);
    } catch (Problem refusal) {
      return;
    }
    assertArrayEquals(input, ManifestCodec.write(manifest));
  }

  @FuzzTest(maxDuration = "60s")
  void envelope(byte[] input) {
    DsseEnvelope envelope;
    try {
      envelope = DsseEnvelope.parse(input, LIMIT);
    } catch (Problem refusal) {
      return;
    }
    DsseEnvelope again = DsseEnvelope.parse(envelope.toJson(), LIMIT);
    assertEquals(envelope.payloadType(), again.payloadType());
    assertArrayEquals(envelope.payload(), again.payload());
    assertEquals(envelope.signatures(), again.signatures());
  }

  @FuzzTest(maxDuration = "60s")
  void streamHeader(byte[] input) {
    StreamHeader header;
    try {
      header = StreamHeader.parse(input);
    } catch (Problem refusal) {
      return;
    }
    assertArrayEquals(input, header.bytes());
  }

  @FuzzTest(maxDuration = "60s")
  void canonicalJson(byte[] input) {
    JsonNode tree;
    try {
      tree = CanonicalJson.parse(input, LIMIT);
    } catch (Problem refusal) {
      return;
    }
    byte[] canonical = CanonicalJson.write(tree);
    assertArrayEquals(
        canonical, CanonicalJson.write(CanonicalJson.parseCanonical(canonical, LIMIT * 6)));
  }

  @FuzzTest(maxDuration = "60s")
  void weightPath(byte[] input) {
    WeightPath path;
    try {
      path = new WeightPath(new String(input, StandardCharsets.UTF_8));
    } catch (Problem refusal) {
      return;
    }
    Path root = Path.of("/srv/model");
    Path resolved = root.resolve(path.value());
    assertEquals(resolved.normalize(), resolved);
    assertEquals(path.value(), root.relativize(resolved).toString());
  }
}
