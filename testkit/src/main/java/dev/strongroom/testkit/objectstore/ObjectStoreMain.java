package dev.strongroom.testkit.objectstore;

import dev.strongroom.testkit.process.CommandLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An object store as a process of its own: S3Proxy over a directory.
 *
 * <pre>
 * --dir DIR            where the objects are
 * --port-file FILE     the port is written here, in one step, when the store answers
 * --port PORT          default 0: one that the system chooses
 * --bucket NAME        default weights
 * --tls-dir DIR        serve HTTPS with the self-signed DIR/tls.p12, made when absent
 * </pre>
 *
 * <p>The credentials come from {@code STRONGROOM_S3_ACCESS_KEY} and {@code
 * STRONGROOM_S3_SECRET_KEY}, so that they do not stand in the list of processes. It prints {@code
 * ready URI} and runs until it is ended.
 */
public final class ObjectStoreMain {
  private ObjectStoreMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    CommandLine options =
        new CommandLine(
            List.of(arguments), Set.of("dir", "port-file", "port", "bucket", "tls-dir"));
    S3ProxyServer server =
        S3ProxyServer.start(
            new S3ProxyServer.Options(
                Path.of(options.required("dir")),
                options.orElse("bucket", "weights"),
                environment("STRONGROOM_S3_ACCESS_KEY"),
                environment("STRONGROOM_S3_SECRET_KEY"),
                Integer.parseInt(options.orElse("port", "0")),
                tls(options.optional("tls-dir"))));
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    String portFile = options.optional("port-file");
    if (portFile != null) {
      write(Path.of(portFile), Integer.toString(server.endpoint().uri().getPort()));
    }
    System.out.println("ready " + server.endpoint().uri());
    Thread.currentThread().join();
  }

  private static @Nullable SelfSignedKeyStore tls(@Nullable String folder) throws IOException {
    return folder == null ? null : SelfSignedKeyStore.in(Files.createDirectories(Path.of(folder)));
  }

  private static String environment(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("set the environment variable " + name);
    }
    return value;
  }

  // A reader that waits for the file must never see it empty.
  private static void write(Path file, String text) throws IOException {
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(beside, text + "\n");
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
