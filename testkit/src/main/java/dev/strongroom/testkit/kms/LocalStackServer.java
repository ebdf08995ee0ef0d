package dev.strongroom.testkit.kms;

import dev.strongroom.testkit.process.FreePorts;
import dev.strongroom.testkit.process.PythonEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * LocalStack's KMS on the loopback interface, plain HTTP, any credentials. It binds the encryption
 * context, makes new key material when a key is rotated, and refuses disabled keys. Its Python
 * packages are looked for in {@code ~/.cache/strongroom/localstack-VERSION} and installed there.
 */
public final class LocalStackServer implements AutoCloseable {
  private static final String VERSION = "4.9.2";
  private static final PythonEnvironment PYTHON =
      new PythonEnvironment(
          "localstack-" + VERSION,
          List.of(
              "localstack-core[base-runtime]==" + VERSION,
              "moto-ext[kms]==5.1.54",
              "cbor2<6",
              "pyopenssl==24.3.0",
              "service_identity==24.2.0",
              "boto3==1.40.40"));
  private static final Duration START = Duration.ofSeconds(90);
  private static final int ATTEMPTS = 3;

  private final Process process;
  private final URI uri;

  private LocalStackServer(Process process, URI uri) {
    this.process = process;
    this.uri = uri;
  }

  /** A Python with boto3, beside LocalStack: for independent clients. */
  public static PythonEnvironment python() {
    return PYTHON;
  }

  /** Why it cannot be started here, when it cannot: {@link PythonEnvironment#missing}. */
  public static Optional<String> missing() {
    return PYTHON.missing();
  }

  /**
   * Starts with its files below this directory.
   *
   * @throws IllegalStateException when {@link #missing} says why it cannot, or it does not answer
   */
  public static LocalStackServer start(Path directory) {
    missing()
        .ifPresent(why -> {
          throw new IllegalStateException(why);
        });
    try {
      Files.createDirectories(directory);
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int port = FreePorts.next();
        Process process = launch(directory, port);
        if (answers(process, port)) {
          return new LocalStackServer(process, URI.create("http://127.0.0.1:" + port));
        }
        end(process);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("LocalStack does not start", e);
    }
    throw new IllegalStateException("LocalStack does not answer; see " + directory + "/log");
  }

  private static Process launch(Path directory, int port) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(PYTHON.python().toString(), "-m", "localstack.runtime.main");
    builder
        .environment()
        .putAll(
            Map.of(
                "FILESYSTEM_ROOT", directory.toAbsolutePath().toString(),
                "GATEWAY_LISTEN", "127.0.0.1:" + port,
                "DNS_ADDRESS", "0",
                "SKIP_SSL_CERT_DOWNLOAD", "1",
                "DISABLE_EVENTS", "1",
                "SERVICES", "kms",
                "EAGER_SERVICE_LOADING", "0"));
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
        .start();
  }

  // Its end is the only event it gives; between looks at its port, wait a moment for that.
  private static boolean answers(Process process, int port) {
    long deadline = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < deadline) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return socket.isConnected() && process.isAlive();
      } catch (IOException e) {
        try {
          if (process.waitFor(Duration.ofMillis(50))) {
            return false;
          }
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
    }
    return false;
  }

  /** Where it answers. */
  public URI uri() {
    return uri;
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    end(process);
  }
}
