package dev.strongroom.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code openssl speed} of AES-256-GCM on one core with buffers of 1 MiB, in GB/s. */
final class OpensslSpeed {
  private static final Pattern LAST_FIGURE = Pattern.compile("AES-256-GCM\\s+([0-9.]+)k");

  private OpensslSpeed() {}

  static double aes256Gcm() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                "openssl",
                "speed",
                "-elapsed",
                "-seconds",
                "2",
                "-bytes",
                "1048576",
                "-evp",
                "aes-256-gcm")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    Matcher matcher = LAST_FIGURE.matcher(output);
    if (!matcher.find()) {
      throw new IOException("openssl speed printed no figure:\n" + output);
    }
    return Double.parseDouble(matcher.group(1)) * 1000 / 1e9;
  }
}
