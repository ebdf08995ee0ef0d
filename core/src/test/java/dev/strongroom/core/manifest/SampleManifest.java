package dev.strongroom.core.manifest;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.weights.FileCommitment;
import dev.strongroom.core.weights.SegmentLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Manifests for tests. */
final class SampleManifest {
  static final int SEGMENT_SIZE = 4096;

  private SampleManifest() {}

  static Manifest of(String... paths) {
    return of(
        IntStream.range(0, paths.length).mapToObj(i -> file(i, paths[i], 1_000L * i)).toList());
  }

  static Manifest of(List<ManifestFile> files) {
    return Manifest.of(
        ModelVersion.parse("acme/chat:3"),
        new DataKeyId("dk-" + "0".repeat(31) + "1"),
        SEGMENT_SIZE,
        Instant.parse("2026-01-31T12:00:00.9Z"),
        new ArrayList<>(files),
        null);
  }

  static ManifestFile file(int index, String path, long size) {
    return new ManifestFile(
        index,
        new WeightPath(path),
        0444,
        size,
        new SegmentLayout(size, SEGMENT_SIZE).ciphertextSize(),
        new ObjectName(String.format("%032x", index + 1)),
        new FileCommitment("ab".repeat(32)),
        new Sha256Digest("cd".repeat(32)));
  }
}
