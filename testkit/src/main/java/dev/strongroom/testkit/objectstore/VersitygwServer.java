package dev.strongroom.testkit.objectstore;

import dev.strongroom.testkit.process.FreePorts;
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
 * versitygw over a directory: S3 with AWS signatures version 4, path style, plain HTTP on the
 * loopback interface. The binary is looked for in {@code
 * ~/.cache/strongroom/versitygw-VERSION/versitygw} and built there, where Go is installed.
 */
public final class VersitygwServer implements ObjectStoreServer {
  private static final String VERSION = "1.8.0";
  private static final String MODULE = "github.com/versity/versitygw/cmd/versitygw@v" + VERSION;
  private static final String REGION = "us-east-1";
  private static final String BUCKET = "weights";
  private static final String ACCESS_KEY = "test-access-key";
  private static final String SECRET_KEY = "test-secret-key";
  private static final Duration START = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 5;

  private final Process process;
  private final S3Endpoint endpoint;

  private VersitygwServer(Process process, S3Endpoint endpoint) {
    this.process = process;
    this.endpoint = endpoint;
  }

  private static Path folder() {
    return Path.of(System.getProperty("user.home"), ".cache", "strongroom", "versitygw-" + VERSION);
  }

  /** Where the binary is, or would be. */
  public static Path binary() {
    return folder().resolve("versitygw");
  }

  /**
   * Why it cannot be started here, when it cannot: neither the binary nor Go is there. Builds the
   * binary otherwise, which takes minutes the first time.
   */
  public static Optional<String> missing() {
    if (Files.isExecutable(binary())) {
      return Optional.empty();
    }
    try {
      Files.createDirectories(folder());
      ProcessBuilder build = new ProcessBuilder("go", "install", MODULE);
      build.environment().putAll(Map.of("GOBIN", folder().toString(), "CGO_ENABLED", "0"));
      int exit = build.inheritIO().start().waitFor();
      return exit == 0 ? Optional.empty() : Optional.of("'go install " + MODULE + "' failed");
    } catch (IOException e) {
      return Optional.of(
          "versitygw is not at " + binary() + " and Go is not installed to build it");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted while building versitygw");
    }
  }

  /**
   * Starts over this directory.
   *
   * @throws IllegalStateException when {@link #missing} says why it cannot, or it does not answer
   */
  public static VersitygwServer start(Path directory) {
    missing()
        .ifPresent(why -> {
          throw new IllegalStateException(why);
        });
    try {
      Files.createDirectories(directory.resolve("data").resolve(BUCKET));
      Files.createDirectories(directory.resolve("versions"));
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int port = FreePorts.next();
        Process process = launch(directory, port);
        if (answers(process, port)) {
          URI uri = URI.create("http://127.0.0.1:" + port);
          return new VersitygwServer(
              process, new S3Endpoint(uri, REGION, BUCKET, ACCESS_KEY, SECRET_KEY));
        }
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("versitygw does not start", e);
    }
    throw new IllegalStateException("versitygw does not answer; see " + directory + "/log");
  }

  private static Process launch(Path directory, int port) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                binary().toString(),
                "--port",
                "127.0.0.1:" + port,
                "--region",
                REGION,
                "--keep-alive",
                "--quiet",
                "posix",
                "--versioning-dir",
                directory.resolve("versions").toString(),
                directory.resolve("data").toString()));
    builder.environment().put("ROOT_ACCESS_KEY", ACCESS_KEY);
    builder.environment().put("ROOT_SECRET_KEY", SECRET_KEY);
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
          if (process.waitFor(Duration.ofMillis(20))) {
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

  @Override
  public S3Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
