package dev.strongroom.keyservice.kms.vault;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.security.KeyStore;
import java.util.Scanner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Answers each request with the next of the bytes that a test has put up. */
final class RawPeer {
  static final String SHORT = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /** Instead of an answer: the connection ends. */
  static final String END = "";

  /** Instead of an answer: a head that never ends, a byte at a time. */
  static final String TRICKLE = "...";

  final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger requested = new AtomicInteger();

  int connected() {
    return connected.get();
  }

  int requested() {
    return requested.get();
  }

  /** Answers whoever connects from now on, until the listener is closed. */
  void serve(ServerSocket listener) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket socket = listener.accept();
              connected.incrementAndGet();
              Thread.ofVirtual().start(() -> answer(socket));
            }
          } catch (IOException e) {
            // Closed.
          }
        });
  }

  private void answer(Socket socket) {
    try (socket;
        Scanner requests =
            new Scanner(socket.getInputStream(), US_ASCII).useDelimiter("\r\n\r\n")) {
      while (requests.hasNext()) {
        requests.next();
        requested.incrementAndGet();
        String answer = answers.take();
        if (answer.equals(END)) {
          return;
        }
        if (answer.equals(TRICKLE)) {
          trickle(socket);
        }
        socket.getOutputStream().write(answer.getBytes(US_ASCII));
      }
    } catch (IOException e) {
      // The client has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void trickle(Socket socket) throws IOException, InterruptedException {
    socket.getOutputStream().write("HTTP/1.1 200 OK\r\nx: ".getBytes(US_ASCII));
    CountDownLatch never = new CountDownLatch(1);
    while (!never.await(20, TimeUnit.MILLISECONDS)) {
      socket.getOutputStream().write('y');
    }
  }

  static ServerSocket tls(SelfSignedKeyStore files) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    char[] password = files.password().toCharArray();
    try (InputStream in = Files.newInputStream(files.keyStore())) {
      store.load(in, password);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context.getServerSocketFactory().createServerSocket(0);
  }
}
