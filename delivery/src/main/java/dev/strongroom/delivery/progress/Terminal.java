package dev.strongroom.delivery.progress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person watches. */
public final class Terminal {
  private Terminal() {}

  /** Whether standard output is a terminal. */
  public static boolean isOutput() {
    return isTerminal(1);
  }

  /** Whether standard error is a terminal; the standard library tells about output only. */
  public static boolean isError() {
    return isTerminal(2);
  }

  private static boolean isTerminal(int descriptor) {
    try {
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
