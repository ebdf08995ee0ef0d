package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Directories of random files, and whether a delivered one is the same. */
final class SampleModel {
  private static final int FIRST =
      SegmentLayout.DEFAULT_SEGMENT_SIZE - StreamHeader.BYTES - SegmentLayout.TAG_SIZE;
  private static final int NEXT = SegmentLayout.DEFAULT_SEGMENT_SIZE - SegmentLayout.TAG_SIZE;

  private static final Set<PosixFilePermission> WRITE =
      Set.of(
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_WRITE);

  private SampleModel() {}

  /** Files of 0 and 1 bytes, around the ends of segments, in folders, and one of 20 MiB. */
  static Path mixed(Path directory) {
    Map<String, Integer> sizes = new TreeMap<>();
    sizes.put("empty.txt", 0);
    sizes.put("one.bin", 1);
    sizes.put("first/short.bin", FIRST - 1);
    sizes.put("first/full.bin", FIRST);
    sizes.put("first/over.bin", FIRST + 1);
    sizes.put("second/full.bin", FIRST + NEXT);
    sizes.put("second/over.bin", FIRST + NEXT + 1);
    sizes.put("weights/model-00001.safetensors", 20 << 20);
    return write(directory, sizes);
  }

  /** Two files of the same size, a little more than two segments each. */
  static Path twins(Path directory) {
    return write(
        directory, Map.of("a.safetensors", FIRST + NEXT + 77, "b.safetensors", FIRST + NEXT + 77));
  }

  /** One small file. */
  static Path small(Path directory) {
    return write(directory, Map.of("model.bin", 4_096));
  }

  /** Files of these sizes. The same directory name gives the same bytes. */
  static Path write(Path directory, Map<String, Integer> sizes) {
    Random random = new Random(directory.getFileName().toString().hashCode());
    try {
      for (Map.Entry<String, Integer> each : new TreeMap<>(sizes).entrySet()) {
        Path file = directory.resolve(each.getKey());
        Files.createDirectories(file.getParent());
        byte[] content = new byte[each.getValue()];
        random.nextBytes(content);
        Files.write(file, content);
      }
      return directory;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Every file is there, holds the same bytes, and nobody may write it; nothing else is there. */
  static void assertDelivered(Path expected, Path target) throws IOException {
    Map<String, Path> wanted = files(expected);
    Map<String, Path> found = files(target);
    assertEquals(wanted.keySet(), found.keySet());
    for (Map.Entry<String, Path> each : found.entrySet()) {
      assertArrayEquals(
          Files.readAllBytes(wanted.get(each.getKey())),
          Files.readAllBytes(each.getValue()),
          each.getKey());
      assertTrue(
          Files.getPosixFilePermissions(each.getValue()).stream().noneMatch(WRITE::contains),
          "nobody writes " + each.getKey());
    }
  }

  /** The marker beside the target that says that the model is whole. */
  static Path readyFile(Path target) {
    return target.resolveSibling(target.getFileName() + ".ready");
  }

  private static Map<String, Path> files(Path root) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(root)) {
      walk.filter(Files::isRegularFile)
          .forEach(file -> files.put(root.relativize(file).toString(), file));
    }
    return files;
  }
}
