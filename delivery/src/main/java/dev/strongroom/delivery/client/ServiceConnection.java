package dev.strongroom.delivery.client;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The connection to the key service: HTTP/2 over TLS 1.3, made when it is first needed, and anew
 * when there is another client certificate. Streams on the one before go on until they end.
 */
final class ServiceConnection implements AutoCloseable {
  private final ClientTls.Source tls;
  private final ClientLimits limits;
  private @Nullable Link link;
  private final List<HttpClient> replaced = new ArrayList<>();
  private boolean closed;

  /**
   * @param tls asked for each request
   */
  ServiceConnection(ClientTls.Source tls, ClientLimits limits) {
    this.tls = tls;
    this.limits = limits;
  }

  /** An answer of any status. */
  static final class Answer {
    private final int status;
    private final byte[] body;
    private final @Nullable String retryAfter;

    Answer(int status, byte[] body, @Nullable String retryAfter) {
      this.status = status;
      this.body = body;
      this.retryAfter = retryAfter;
    }

    int status() {
      return status;
    }

    byte[] body() {
      return body;
    }

    @Nullable String retryAfter() {
      return retryAfter;
    }
  }

  /** A failure to get an answer at all; {@code sent} tells whether the service may have acted. */
  static final class NoAnswer extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean sent;

    NoAnswer(boolean sent, String message, @Nullable Throwable cause) {
      super(message, cause);
      this.sent = sent;
    }

    boolean sent() {
      return sent;
    }

    Problem asProblem() {
      return new Problem(ProblemCode.SERVICE_UNREACHABLE, "" + getMessage(), this);
    }
  }

  /** A connection that shows one client certificate, or none. */
  static final class Link {
    private final HttpClient client;
    private final ClientTls tls;

    private Link(HttpClient client, ClientTls tls) {
      this.client = client;
      this.tls = tls;
    }

    /** What a proof for this connection must name; null where it shows no certificate. */
    @Nullable Sha256Digest certificate() {
      return tls.certificate();
    }
  }

  /** The connection to use now. */
  @SuppressWarnings("ReferenceEquality") // The same object is an unchanged certificate.
  synchronized Link link() {
    if (closed) {
      throw new Problem(ProblemCode.SHUTTING_DOWN, "the connection has been closed");
    }
    ClientTls now = tls.current();
    Link current = link;
    if (current != null && current.tls == now) {
      return current;
    }
    if (current != null) {
      replaced.removeIf(HttpClient::isTerminated);
      replaced.add(current.client);
      current.client.shutdown();
    }
    current = new Link(client(now.context()), now);
    link = current;
    return current;
  }

  private HttpClient client(SSLContext context) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_2)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(limits.connect())
        .sslContext(context)
        .sslParameters(TlsTrust.parameters())
        .build();
  }

  /** Sends a request and reads its answer whole. */
  Answer send(Link over, HttpRequest request) throws NoAnswer {
    HttpResponse<byte[]> response =
        exchange(
            over,
            request,
            HttpResponse.BodyHandlers.limiting(
                HttpResponse.BodyHandlers.ofByteArray(), limits.maxBytes()));
    return new Answer(
        response.statusCode(),
        response.body(),
        response.headers().firstValue("Retry-After").orElse(null));
  }

  /** Sends a request and hands over the answer's body as it comes. */
  HttpResponse<InputStream> stream(Link over, HttpRequest request) throws NoAnswer {
    return exchange(over, request, HttpResponse.BodyHandlers.ofInputStream());
  }

  private <T> HttpResponse<T> exchange(
      Link over, HttpRequest request, HttpResponse.BodyHandler<T> handler) throws NoAnswer {
    try {
      return over.client.send(request, handler);
    } catch (HttpConnectTimeoutException | ConnectException | NoRouteToHostException e) {
      throw new NoAnswer(
          false,
          "the key service cannot be reached at " + request.uri().getAuthority() + ": " + why(e),
          e);
    } catch (SSLException e) {
      throw new NoAnswer(
          false,
          "no TLS connection to the key service ("
              + e.getMessage()
              + "); check service, caFile and the service's certificate",
          e);
    } catch (HttpTimeoutException e) {
      throw new NoAnswer(true, "the key service did not answer in time", e);
    } catch (IOException e) {
      throw new NoAnswer(true, "the connection to the key service broke", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NoAnswer(true, "the request to the key service was interrupted", e);
    }
  }

  // The client of the runtime wraps the cause, and its messages are empty.
  private static String why(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
        return "the name is not known; check the host in the URL of the service";
      }
      if (cause instanceof HttpConnectTimeoutException) {
        return "no connection in time; look for a firewall or a wrong address";
      }
      if (cause instanceof NoRouteToHostException) {
        return "there is no route to it";
      }
    }
    return "the connection was refused; check the port, and that the service runs";
  }

  @Override
  public synchronized void close() {
    closed = true;
    replaced.forEach(HttpClient::shutdownNow);
    if (link != null) {
      link.client.shutdownNow();
    }
  }
}
