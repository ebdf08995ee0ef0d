package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestDigest;

/**
 * A version that exists now.
 *
 * @param manifest its manifest
 * @param digest what grants will name
 * @param envelope the bytes of the signed manifest
 * @param published the service's answer, verified
 * @param earlier whether an earlier run had sent this manifest, and ended before it held the proof
 */
public record Publication(
    Manifest manifest,
    ManifestDigest digest,
    Blob envelope,
    Upload.Published published,
    boolean earlier) {}
