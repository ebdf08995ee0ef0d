package dev.strongroom.core.manifest;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.encoding.Sha256Digest;

/**
 * SHA-256 of the canonical bytes of a manifest, which are the payload of its envelope. What a grant
 * names.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record ManifestDigest(@JsonValue String hex) {
  /**
   * @throws dev.strongroom.core.problem.Problem when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public ManifestDigest {
    hex = new Sha256Digest(hex).hex();
  }

  /** The digest of a manifest's canonical bytes. */
  public static ManifestDigest of(byte[] payload) {
    return new ManifestDigest(Sha256Digest.of(payload).hex());
  }

  /** Its 32 bytes. */
  public byte[] bytes() {
    return new Sha256Digest(hex).bytes();
  }

  @Override
  public String toString() {
    return hex;
  }
}
