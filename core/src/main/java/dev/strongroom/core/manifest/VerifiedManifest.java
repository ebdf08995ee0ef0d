package dev.strongroom.core.manifest;

import dev.strongroom.core.encoding.Sha256Digest;
import java.util.List;

/**
 * A manifest made only from bytes whose signature verified.
 *
 * @param manifest the manifest
 * @param digest SHA-256 of the signed bytes
 * @param signers the ids of the trusted keys that signed, at least one: SHA-256 over the SPKI
 */
public record VerifiedManifest(
    Manifest manifest, ManifestDigest digest, List<Sha256Digest> signers) {
  /** Copies the list. */
  public VerifiedManifest {
    signers = List.copyOf(signers);
  }
}
