package dev.strongroom.cli.publish;

import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The files of a published version, against those of a directory. */
final class PublishedContent {
  private final Map<WeightPath, ManifestFile> files = new HashMap<>();

  PublishedContent(Manifest manifest) {
    manifest.files().forEach(file -> files.put(file.path(), file));
  }

  /**
   * Requires that the directory holds what was published: the same paths, and for each the same
   * size, mode and digest.
   *
   * @throws Problem {@link ProblemCode#VERSION_EXISTS} naming a file that differs
   */
  void requireSame(List<HashedFile> directory) {
    Map<WeightPath, ManifestFile> left = new HashMap<>(files);
    for (HashedFile file : directory) {
      ManifestFile published = left.remove(file.path());
      if (published == null) {
        throw differs(file.path(), "is not in it");
      }
      if (published.plaintextSize() != file.source().size()
          || !published.sha256().equals(file.sha256())) {
        throw differs(file.path(), "has other content in it");
      }
      if (published.mode() != file.source().mode()) {
        throw differs(file.path(), "has another mode in it");
      }
    }
    left.keySet().stream()
        .findFirst()
        .ifPresent(path -> {
          throw differs(path, "is in it, and not in the directory");
        });
  }

  private static Problem differs(WeightPath path, String how) {
    return new Problem(
        ProblemCode.VERSION_EXISTS,
        "an earlier run has published this version, and the directory has changed since: '"
            + path
            + "' "
            + how
            + "; publish the directory as another version, or put back what was published and run"
            + " the same command again for its proof");
  }
}
