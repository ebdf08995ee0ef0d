package dev.strongroom.testkit.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Looks for byte patterns in the memory of another process, through {@code /proc/PID/maps} and
 * {@code /proc/PID/mem}. It reads every mapping that is readable and writable, so it needs the
 * right to trace the process: root, or the same user where the system allows it.
 */
public final class MemoryScan {
  private static final int CHUNK = 1 << 22;
  private static final int PAGE = 1 << 12;

  private MemoryScan() {}

  /** What a mapping is, as the kernel says. The heap of a JVM is anonymous. */
  public enum Kind {
    ANONYMOUS,
    NATIVE_HEAP,
    STACK,
    FILE
  }

  /**
   * One place where a pattern was found.
   *
   * @param pattern its place in the list of patterns
   * @param mapping the mapping's line in {@code /proc/PID/maps}
   */
  public record Hit(int pattern, long address, Kind kind, String mapping) {}

  /**
   * The result of a scan.
   *
   * @param scannedBytes what was read
   * @param unreadableBytes what the kernel did not hand out, for example device memory
   */
  public record Result(List<Hit> hits, long scannedBytes, long unreadableBytes) {
    public Result {
      hits = List.copyOf(hits);
    }

    /** How often any pattern was found, by kind of mapping; kinds without a hit are absent. */
    public Map<Kind, Integer> counts() {
      Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
      hits.forEach(hit -> counts.merge(hit.kind(), 1, Integer::sum));
      return counts;
    }
  }

  /**
   * Scans a process.
   *
   * @param patterns each at least 8 bytes, so that chance plays no part
   * @throws IOException when the process is gone or may not be read
   */
  public static Result of(long pid, List<byte[]> patterns) throws IOException {
    for (byte[] pattern : patterns) {
      if (pattern.length < 8 || pattern.length > PAGE) {
        throw new IllegalArgumentException("a pattern has 8 to " + PAGE + " bytes");
      }
    }
    Path proc = Path.of("/proc", Long.toString(pid));
    Scanner scanner = new Scanner(patterns);
    List<String> mappings = Files.readAllLines(proc.resolve("maps"));
    try (FileChannel memory = FileChannel.open(proc.resolve("mem"), StandardOpenOption.READ)) {
      for (String mapping : mappings) {
        scanner.scan(memory, mapping);
      }
    }
    return new Result(scanner.hits, scanner.scanned, scanner.unreadable);
  }

  private static Kind kindOf(String name) {
    if (name.isEmpty() || name.startsWith("[anon")) {
      return Kind.ANONYMOUS;
    }
    return switch (name) {
      case "[heap]" -> Kind.NATIVE_HEAP;
      case "[stack]" -> Kind.STACK;
      default -> Kind.FILE;
    };
  }

  private static final class Scanner {
    private final List<byte[]> patterns;
    private final int overlap;
    private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    private final List<Hit> hits = new ArrayList<>();
    private long scanned;
    private long unreadable;

    Scanner(List<byte[]> patterns) {
      this.patterns = patterns;
      this.overlap = patterns.stream().mapToInt(p -> p.length - 1).max().orElse(0);
    }

    // A line of proc(5): begin-end rights offset device inode name
    void scan(FileChannel memory, String mapping) {
      String[] fields = mapping.split("\\s+", 6);
      if (!fields[1].startsWith("rw")) {
        return;
      }
      int dash = fields[0].indexOf('-');
      long at = Long.parseUnsignedLong(fields[0].substring(0, dash), 16);
      long end = Long.parseUnsignedLong(fields[0].substring(dash + 1), 16);
      Kind kind = kindOf(fields.length < 6 ? "" : fields[5]);
      while (at < end) {
        int read = read(memory, at, (int) Math.min(CHUNK, end - at));
        if (read == 0) {
          unreadable += Math.min(PAGE, end - at);
          at += PAGE;
          continue;
        }
        search(at, read, kind, mapping);
        scanned += read;
        at += at + read < end && read > overlap ? read - overlap : read;
      }
    }

    private int read(FileChannel memory, long at, int size) {
      try {
        buffer.clear().limit(size);
        return Math.max(0, memory.read(buffer, at));
      } catch (IOException e) {
        return 0;
      }
    }

    private void search(long base, int size, Kind kind, String mapping) {
      byte[] bytes = buffer.array();
      for (int p = 0; p < patterns.size(); p++) {
        byte[] pattern = patterns.get(p);
        byte first = pattern[0];
        for (int i = 0; i <= size - pattern.length; i++) {
          if (bytes[i] == first && matches(bytes, i, pattern)) {
            add(new Hit(p, base + i, kind, mapping));
          }
        }
      }
    }

    // The overlap of two chunks is longer than a short pattern: it would be found twice.
    private void add(Hit hit) {
      boolean known =
          hits.stream().anyMatch(h -> h.address() == hit.address() && h.pattern() == hit.pattern());
      if (!known) {
        hits.add(hit);
      }
    }

    private static boolean matches(byte[] bytes, int at, byte[] pattern) {
      for (int i = 1; i < pattern.length; i++) {
        if (bytes[at + i] != pattern[i]) {
          return false;
        }
      }
      return true;
    }
  }
}
