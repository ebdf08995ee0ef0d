package dev.strongroom.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * Ports on the loopback interface that nobody listens on. Another process may take one before its
 * user does: who can let the system choose at the moment of binding should do that instead.
 */
public final class FreePorts {
  private FreePorts() {}

  /** A port, 1024 to 65535. */
  public static int next() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on the loopback interface", e);
    }
  }
}
