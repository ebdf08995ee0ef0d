package dev.strongroom.it;

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

/** Pieces of 16 bytes from all over a model, to be looked for at every offset of other files. */
final class PlaintextSamples {
  private static final int SAMPLE = 2 * Long.BYTES;
  private static final int SAMPLES_PER_FILE = 200;

  private final Map<Long, Set<Long>> samples = new HashMap<>();

  private PlaintextSamples() {}

  static PlaintextSamples of(Path model) throws IOException {
    PlaintextSamples result = new PlaintextSamples();
    Random random = new Random(7);
    for (Path file : filesBelow(model)) {
      byte[] content = Files.readAllBytes(file);
      for (int i = 0; i < SAMPLES_PER_FILE && content.length >= SAMPLE; i++) {
        int offset = random.nextInt(content.length - SAMPLE + 1);
        result
            .samples
            .computeIfAbsent(longAt(content, offset), key -> new HashSet<>())
            .add(longAt(content, offset + Long.BYTES));
      }
    }
    return result;
  }

  /** How many samples are met in the files below a folder. */
  int foundIn(Path folder) throws IOException {
    int found = 0;
    for (Path file : filesBelow(folder)) {
      found += foundIn(Files.readAllBytes(file));
    }
    return found;
  }

  private int foundIn(byte[] content) {
    int found = 0;
    long window = content.length < SAMPLE ? 0 : longAt(content, 0);
    for (int i = 0; i + SAMPLE <= content.length; i++) {
      Set<Long> second = samples.get(window);
      if (second != null && second.contains(longAt(content, i + Long.BYTES))) {
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

  private static List<Path> filesBelow(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile).toList();
    }
  }
}
