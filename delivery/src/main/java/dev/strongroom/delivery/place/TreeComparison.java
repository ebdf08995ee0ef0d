package dev.strongroom.delivery.place;

import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/** Compares a directory with a manifest: names, kinds, sizes, permissions, then digests. */
final class TreeComparison {
  private final Path root;
  private final Manifest manifest;

  TreeComparison(Path root, Manifest manifest) {
    this.root = root;
    this.manifest = manifest;
  }

  boolean matches() {
    try {
      return namesMatch() && manifest.files().parallelStream().allMatch(this::fileMatches);
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private boolean namesMatch() throws IOException {
    Set<Path> expected = new HashSet<>();
    manifest.files().forEach(file -> expected.add(root.resolve(file.path().value())));
    try (Stream<Path> tree = Files.walk(root)) {
      return tree.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
              .allMatch(expected::remove)
          && expected.isEmpty();
    }
  }

  private boolean fileMatches(ManifestFile file) {
    Path path = root.resolve(file.path().value());
    try {
      return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
          && Files.size(path) == file.plaintextSize()
          && Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)
              .equals(StagedFile.permissions(file.mode()))
          && FileDigest.of(path).equals(file.sha256());
    } catch (IOException e) {
      return false;
    }
  }
}
