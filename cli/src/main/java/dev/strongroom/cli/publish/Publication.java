package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestDigest;
import java.util.Optional;

/**
 * A version that exists now.
 *
 * @param manifest its manifest
 * @param digest what grants will name
 * @param envelope the bytes of the signed manifest
 * @param published the service's answer; empty when an earlier run sent this manifest and ended
 *     before it saw the answer
 */
public record Publication(
    Manifest manifest,
    ManifestDigest digest,
    Blob envelope,
    Optional<Upload.Published> published) {}
