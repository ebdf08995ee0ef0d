package dev.strongroom.testkit.stage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Looks for pieces of plaintext in a folder: 16-byte samples from all over the model, one out of
 * each 64 KiB and at least 200 of each file that is long enough, at every offset of every file.
 */
public final class PlaintextSearch {
  private static final int SAMPLE = 16;
  private static final int LONGEST_STRIDE = 64 * 1024;
  private static final int SAMPLES_PER_FILE = 200;

  private final Map<Long, Set<Long>> samples = new HashMap<>();
  private int size;

  private PlaintextSearch() {}

  /**
   * What a search met.
   *
   * @param files how many were searched
   * @param bytes how much was searched
   * @param found how many samples were met
   */
  public record Result(int files, long bytes, int found) {}

  /** Takes samples of every file below a folder; runs of one value are none. */
  public static PlaintextSearch samplesOf(Path folder) throws IOException {
    PlaintextSearch search = new PlaintextSearch();
    Random random = new Random(7);
    for (Path file : filesOf(folder)) {
      byte[] content = Files.readAllBytes(file);
      int stride = Math.clamp(content.length / SAMPLES_PER_FILE, SAMPLE, LONGEST_STRIDE);
      for (int from = 0; from + SAMPLE <= content.length; from += stride) {
        search.add(
            content, from + random.nextInt(Math.min(stride, content.length - from - SAMPLE + 1)));
      }
    }
    return search;
  }

  private void add(byte[] content, int offset) {
    long first = longAt(content, offset);
    long second = longAt(content, offset + Long.BYTES);
    if (first != second && samples.computeIfAbsent(first, key -> new HashSet<>()).add(second)) {
      size++;
    }
  }

  /** How many samples there are. */
  public int size() {
    return size;
  }

  /** Looks at every file below a folder. */
  public Result in(Path folder) throws IOException {
    long bytes = 0;
    int found = 0;
    List<Path> files = filesOf(folder);
    for (Path file : files) {
      byte[] content = Files.readAllBytes(file);
      bytes += content.length;
      found += found(content);
    }
    return new Result(files.size(), bytes, found);
  }

  private int found(byte[] content) {
    int found = 0;
    if (content.length < SAMPLE) {
      return 0;
    }
    long window = longAt(content, 0);
    for (int i = 0; i + SAMPLE <= content.length; i++) {
      Set<Long> seconds = samples.get(window);
      if (seconds != null && seconds.contains(longAt(content, i + Long.BYTES))) {
        found++;
      }
      window = (window << 8) | (content[i + Long.BYTES] & 0xff);
    }
    return found;
  }

  private static long longAt(byte[] content, int offset) {
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = (value << 8) | (content[offset + i] & 0xff);
    }
    return value;
  }

  private static List<Path> filesOf(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile).toList();
    }
  }
}
