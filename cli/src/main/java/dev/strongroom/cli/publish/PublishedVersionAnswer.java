package dev.strongroom.cli.publish;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.manifest.ManifestCodec;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/** The answer to {@code GET /v1/models/ORG/NAME/versions/V}, of which only the manifest matters. */
final class PublishedVersionAnswer {
  private PublishedVersionAnswer() {}

  static Blob manifest(byte[] answer) {
    JsonNode manifest =
        CanonicalJson.parse(answer, 3 * ManifestCodec.MAX_BYTES).path("manifest");
    if (!manifest.isTextual()) {
      throw new Problem(
          ProblemCode.INTERNAL, "the service told of a published version without its manifest");
    }
    return new Blob(manifest.textValue());
  }
}
