package dev.strongroom.testkit.kms;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Carries connections to a server on the loopback interface as they are, and resets them (RST) when
 * told to: those that are open at once, later ones as soon as the client has sent something.
 */
public final class ResettingTunnel implements AutoCloseable {
  private static final int BUFFER = 16 << 10;

  private final URI target;
  private final ServerSocket listening;
  private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile boolean resetting;

  /** Listens, and carries to this host and port. */
  public ResettingTunnel(URI target) {
    this.target = target;
    try {
      this.listening = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("no place to listen", e);
    }
    threads.execute(this::accept);
  }

  /** The target's URL, through this tunnel. */
  public URI uri() {
    return URI.create(target.getScheme() + "://127.0.0.1:" + listening.getLocalPort());
  }

  /** From now on connections are reset. */
  public void reset() {
    resetting = true;
    clients.forEach(ResettingTunnel::reset);
  }

  /** Ends {@link #reset()}. */
  public void heal() {
    resetting = false;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        clients.add(client);
        threads.execute(() -> carry(client));
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  private void carry(Socket client) {
    try (client;
        Socket server = new Socket(target.getHost(), target.getPort())) {
      threads.execute(() -> copy(server, client));
      InputStream in = client.getInputStream();
      OutputStream out = server.getOutputStream();
      byte[] buffer = new byte[BUFFER];
      for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
        if (resetting) {
          reset(client);
          return;
        }
        out.write(buffer, 0, size);
      }
    } catch (IOException e) {
      // One of the two has ended it.
    } finally {
      clients.remove(client);
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // One of the two has ended it.
    }
  }

  private static void reset(Socket client) {
    try {
      client.setSoLinger(true, 0);
      client.close();
    } catch (IOException e) {
      // It has ended already.
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the tunnel does not close", e);
    }
    clients.forEach(ResettingTunnel::reset);
    threads.shutdownNow();
  }
}
