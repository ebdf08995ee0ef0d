package dev.strongroom.core.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.CanonicalEncoding;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Searches every writable mapping of another process for the data key and each key derived from it:
 * while they are in use (which shows that the search works), after everything has been closed, and
 * after garbage collection. The padded keys of HMAC count as copies of their keys.
 */
class ResidueTest {
  private static final int HEADER_SEED = 9;

  @ParameterizedTest
  @CsvSource({
    "-XX:+UseSerialGC, runtime, 0",
    "-XX:+UseSerialGC, fast, 0",
    "-XX:+UseG1GC, runtime, 4",
    "-XX:+UseG1GC, fast, 4",
    "-XX:+UseZGC, runtime, 4"
  })
  @Timeout(120)
  void copiesAreBoundedAfterClosing(String collector, String provider, int bound) throws Exception {
    boolean linux = Files.isDirectory(Path.of("/proc/self"));
    if (System.getenv("CI") == null) {
      Assumptions.assumeTrue(linux, "reading another process's memory needs /proc (Linux)");
    }
    byte[] dataKey = new byte[32];
    new SecureRandom().nextBytes(dataKey);
    Map<String, byte[]> patterns = patterns(dataKey);
    Process child = start(collector, provider);
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
      send(child.getOutputStream(), dataKey);
      Map<String, Integer> open = searchAt("open", child, out, patterns);
      assertTrue(open.containsKey("data key"), "the search finds a key in use: " + open);
      assertTrue(open.containsKey("file key"), "the search finds a key in use: " + open);
      Map<String, Integer> closed = searchAt("closed", child, out, patterns);
      Map<String, Integer> collected = searchAt("collected", child, out, patterns);
      System.out.printf(
          "residue %s %s: open %s, closed %s, collected %s%n",
          collector, provider, open, closed, collected);
      int left = collected.values().stream().mapToInt(Integer::intValue).sum();
      assertTrue(left <= bound, "copies left: " + collected);
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private static Process start(String collector, String provider) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(collector, "-Xmx96m", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ResidueSubject.class.getName(), provider));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void send(OutputStream in, byte[] dataKey) throws IOException {
    byte[] mask = new byte[32];
    new SecureRandom().nextBytes(mask);
    in.write(mask);
    in.write(xor(dataKey, mask));
    in.flush();
  }

  private static Map<String, Integer> searchAt(
      String state, Process child, BufferedReader out, Map<String, byte[]> patterns)
      throws IOException {
    String line = out.readLine();
    while (line != null && !line.equals(state)) {
      line = out.readLine();
    }
    assertEquals(state, line);
    Map<String, Integer> found = search(child.pid(), patterns);
    child.getOutputStream().write('\n');
    child.getOutputStream().flush();
    return found;
  }

  private static Map<String, byte[]> patterns(byte[] dataKey) throws Exception {
    KDF hkdf = KDF.getInstance("HKDF-SHA256");
    byte[] info = CanonicalEncoding.of("strongroom/v1/stream").bytes();
    byte[] prk = hkdf.deriveData(HKDFParameterSpec.ofExtract().addIKM(dataKey).extractOnly());
    byte[] streamKey =
        hkdf.deriveData(HKDFParameterSpec.ofExtract().addIKM(dataKey).thenExpand(info, 32));
    byte[] salt = SampleFile.header(HEADER_SEED).salt();
    HKDFParameterSpec.Builder file = HKDFParameterSpec.ofExtract().addIKM(streamKey).addSalt(salt);
    byte[] filePrk =
        hkdf.deriveData(
            HKDFParameterSpec.ofExtract().addIKM(streamKey).addSalt(salt).extractOnly());
    byte[] fileKey = hkdf.deriveData(file.thenExpand(ResidueSubject.context().digest(), 32));
    Map<String, byte[]> patterns = new LinkedHashMap<>();
    patterns.put("data key", dataKey);
    patterns.put("stream key", streamKey);
    patterns.put("file key", fileKey);
    patterns.put("data PRK", prk);
    patterns.put("file PRK", filePrk);
    Map.of("data PRK", prk, "file PRK", filePrk)
        .forEach((name, key) -> {
          byte[] pad = new byte[32];
          Arrays.fill(pad, (byte) 0x36);
          patterns.put(name + " inner pad", xor(key, pad));
          Arrays.fill(pad, (byte) 0x5c);
          patterns.put(name + " outer pad", xor(key, pad));
        });
    return patterns;
  }

  private static byte[] xor(byte[] one, byte[] other) {
    byte[] result = new byte[one.length];
    for (int i = 0; i < one.length; i++) {
      result[i] = (byte) (one[i] ^ other[i]);
    }
    return result;
  }

  private static Map<String, Integer> search(long pid, Map<String, byte[]> patterns)
      throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    try (RandomAccessFile memory = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
        String[] columns = line.split(" ", 3);
        if (columns[1].startsWith("rw")) {
          String[] range = columns[0].split("-", 2);
          searchRange(
              memory,
              Long.parseUnsignedLong(range[0], 16),
              Long.parseUnsignedLong(range[1], 16),
              patterns,
              found);
        }
      }
    }
    return found;
  }

  // Keys may lie across a chunk's end, so each chunk begins 32 bytes before the end of the last.
  private static void searchRange(
      RandomAccessFile memory,
      long from,
      long to,
      Map<String, byte[]> patterns,
      Map<String, Integer> found)
      throws IOException {
    byte[] chunk = new byte[1 << 20];
    int kept = 0;
    memory.seek(from);
    for (long at = from; at < to; ) {
      int read;
      try {
        read = memory.read(chunk, kept, (int) Math.min(chunk.length - kept, to - at));
      } catch (IOException unmapped) {
        return;
      }
      if (read <= 0) {
        return;
      }
      at += read;
      int filled = kept + read;
      count(chunk, filled, patterns, found);
      kept = Math.min(31, filled);
      System.arraycopy(chunk, filled - kept, chunk, 0, kept);
    }
  }

  private static void count(
      byte[] chunk, int length, Map<String, byte[]> patterns, Map<String, Integer> found) {
    boolean[] begins = new boolean[256];
    patterns.values().forEach(pattern -> begins[pattern[0] & 0xFF] = true);
    for (int i = 0; i + 32 <= length; i++) {
      if (begins[chunk[i] & 0xFF]) {
        int at = i;
        patterns.forEach((name, pattern) -> {
          if (Arrays.equals(chunk, at, at + 32, pattern, 0, 32)) {
            found.merge(name, 1, Integer::sum);
          }
        });
      }
    }
  }
}
