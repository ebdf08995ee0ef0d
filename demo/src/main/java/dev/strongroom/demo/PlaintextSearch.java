package dev.strongroom.demo;

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
 * Looks for pieces of plaintext in a folder: 16-byte samples, one out of each 64 KiB of the model,
 * at every offset of every file.
 */
final class PlaintextSearch {
  private static final int SAMPLE = 16;
  private static final int STRIDE = 64 * 1024;

  private final Map<Long, Set<Long>> samples = new HashMap<>();
  private int size;

  /**
   * @param bytes how much was searched
   * @param found how many samples were met
   */
  record Result(int files, long bytes, int found) {}

  static PlaintextSearch samplesOf(Path folder) throws IOException {
    PlaintextSearch search = new PlaintextSearch();
    Random random = new Random(7);
    for (Path file : filesOf(folder)) {
      byte[] content = Files.readAllBytes(file);
      for (int from = 0; from + SAMPLE <= content.length; from += STRIDE) {
        int offset = from + random.nextInt(Math.min(STRIDE, content.length - from - SAMPLE + 1));
        long first = longAt(content, offset);
        long second = longAt(content, offset + Long.BYTES);
        if (first != second
            && search.samples.computeIfAbsent(first, key -> new HashSet<>()).add(second)) {
          search.size++;
        }
      }
    }
    return search;
  }

  int size() {
    return size;
  }

  Result in(Path folder) throws IOException {
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
