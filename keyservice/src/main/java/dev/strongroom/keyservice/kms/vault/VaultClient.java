package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.CallTimer;
import dev.strongroom.keyservice.kms.RetryAfter;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpDelete;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.IdleConnectionEvictor;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.classic.MinimalHttpClient;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Calls of Vault's HTTP API, each on one of the kept connections and in the thread that makes it:
 * with the JDK's client a call passes through three threads, which costs as much again as Vault's
 * answer. Redirects are not followed: the token would go along to a host that the configuration
 * does not name. Nor are the HTTP proxies of the JVM used. Thread-safe.
 */
final class VaultClient implements AutoCloseable {
  /** A wrapped key and its surroundings have less than 1 KiB; a key with many versions more. */
  private static final int MAX_REPLY = 1 << 20;

  /** Sooner than Vault's own time-out, and most proxies'. */
  private static final TimeValue KEPT = TimeValue.ofSeconds(30);

  private static final TimeValue TRUSTED_WITHOUT_A_LOOK = TimeValue.ofSeconds(1);

  // A socket with a time-out is read with three system calls instead of one, and a time-out is for
  // one read: bytes that come one by one would prolong the call. The deadline ends it instead.
  private static final RequestConfig NO_TIME_OUTS =
      RequestConfig.custom()
          .setConnectionRequestTimeout(Timeout.DISABLED)
          .setResponseTimeout(Timeout.DISABLED)
          .build();

  // Vault's own heads have some ten short lines; a proxy's may be longer.
  private static final Http1Config BOUNDED_HEAD =
      Http1Config.custom().setMaxLineLength(8 << 10).setMaxHeaderCount(100).build();

  private final URI base;
  private final @Nullable String namespace;
  private final PoolingHttpClientConnectionManager connections;
  private final MinimalHttpClient http;
  private final IdleConnectionEvictor evictor;
  private final ScheduledExecutorService deadlines;

  VaultClient(KekConfig.Vault config, SSLContext trust) {
    this(config, trust, SystemDefaultDnsResolver.INSTANCE);
  }

  VaultClient(KekConfig.Vault config, SSLContext trust, DnsResolver names) {
    this.base = config.address().resolve("/v1/");
    this.namespace = config.namespace();
    this.connections = connections(config, trust, names);
    this.http = HttpClients.createMinimal(connections);
    this.evictor = new IdleConnectionEvictor(connections, KEPT);
    evictor.start();
    this.deadlines = CallTimer.start("vault-deadlines");
  }

  // As many connections as there are calls, which the guard in front bounds, and one to renew the
  // token meanwhile. The JDK looks whether the certificate names the host.
  private static PoolingHttpClientConnectionManager connections(
      KekConfig.Vault config, SSLContext trust, DnsResolver names) {
    int calls = config.limits().concurrentCalls() + 1;
    PoolingHttpClientConnectionManager connections =
        new PoolingHttpClientConnectionManager(
            new EndingConnects(
                names,
                new DefaultClientTlsStrategy(
                    trust, HostnameVerificationPolicy.BUILTIN, NoopHostnameVerifier.INSTANCE)),
            PoolConcurrencyPolicy.LAX,
            null,
            null,
            ManagedHttpClientConnectionFactory.builder().http1Config(BOUNDED_HEAD).build());
    connections.setMaxTotal(calls);
    connections.setDefaultMaxPerRoute(calls);
    connections.setDefaultConnectionConfig(
        ConnectionConfig.custom()
            .setConnectTimeout(Timeout.DISABLED)
            .setValidateAfterInactivity(TRUSTED_WITHOUT_A_LOOK)
            .build());
    return connections;
  }

  /** Reads; the caller closes the reply. */
  VaultReply get(String path, String token, Deadline deadline) {
    return repeatable(() -> new HttpGet(base.resolve(path)), token, deadline);
  }

  /**
   * Writes a JSON body, which the caller overwrites, perhaps twice where a kept connection turns
   * out to have ended; the caller closes the reply.
   */
  VaultReply post(String path, byte[] body, String token, Deadline deadline) {
    return repeatable(() -> with(body, path), token, deadline);
  }

  /**
   * The same, once at most.
   *
   * @param token null for a login, which gives one
   */
  VaultReply postOnce(String path, byte[] body, @Nullable String token, Deadline deadline) {
    // A connection that has ended would leave it open whether the request was heard.
    connections.closeIdle(TimeValue.ZERO_MILLISECONDS);
    try {
      return send(with(body, path), token, deadline);
    } catch (IOException e) {
      throw unreached(e);
    }
  }

  private HttpPost with(byte[] body, String path) {
    HttpPost request = new HttpPost(base.resolve(path));
    request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
    return request;
  }

  /** Deletes; the caller closes the reply. */
  VaultReply delete(String path, String token, Deadline deadline) {
    return repeatable(() -> new HttpDelete(base.resolve(path)), token, deadline);
  }

  private VaultReply repeatable(
      Supplier<HttpUriRequestBase> request, String token, Deadline deadline) {
    try {
      return send(request.get(), token, deadline);
    } catch (NoHttpResponseException | SocketException e) {
      // When one kept connection has ended, the others have.
      connections.closeIdle(TimeValue.ZERO_MILLISECONDS);
    } catch (IOException e) {
      throw unreached(e);
    }
    try {
      return send(request.get(), token, deadline);
    } catch (IOException e) {
      throw unreached(e);
    }
  }

  private VaultReply send(HttpUriRequestBase request, @Nullable String token, Deadline deadline)
      throws IOException {
    addressed(request, token);
    Future<?> end = endOf(request, deadline.left());
    try {
      return http.execute(
          request, EndingConnects.contextOf(request), response -> reply(response, request));
    } catch (BoundedBody.Oversized e) {
      throw away(
          "what answers for Vault at " + base.getAuthority() + " sends " + e.getMessage(), e);
    } catch (MessageConstraintException e) {
      throw away("what answers for Vault at " + base.getAuthority() + " sends too long a head", e);
    } catch (CancellationException e) {
      throw late(e);
    } catch (IllegalStateException e) {
      throw closed(e);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw away("the call of Vault was interrupted", e);
      }
      if (request.isAborted()) {
        throw late(e);
      }
      throw e;
    } finally {
      end.cancel(false);
    }
  }

  private Future<?> endOf(HttpUriRequestBase request, Duration left) {
    try {
      return deadlines.schedule(request::abort, left.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      throw closed(e);
    }
  }

  private void addressed(HttpUriRequestBase request, @Nullable String token) {
    // Mount, key and namespace are checked with the configuration; a token comes from elsewhere.
    if (token != null && token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new Problem(
          ProblemCode.KEK_UNUSABLE, "the service's token of Vault holds what no token does");
    }
    request.setConfig(NO_TIME_OUTS);
    request.setHeader("User-Agent", "strongroom");
    request.setHeader("X-Vault-Request", "true");
    if (token != null) {
      request.setHeader("X-Vault-Token", token);
    }
    if (namespace != null) {
      request.setHeader("X-Vault-Namespace", namespace);
    }
  }

  private static VaultReply reply(ClassicHttpResponse response, HttpUriRequestBase request)
      throws IOException {
    Header header = response.getFirstHeader("Retry-After");
    Duration retryAfter = RetryAfter.parse(header == null ? null : header.getValue());
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      return new VaultReply(response.getCode(), new byte[0], retryAfter);
    }
    try {
      byte[] body = BoundedBody.read(entity.getContent(), entity.getContentLength(), MAX_REPLY);
      return new VaultReply(response.getCode(), body, retryAfter);
    } catch (BoundedBody.Oversized e) {
      // Otherwise the library reads the rest, to keep the connection.
      request.abort();
      throw e;
    }
  }

  /** Ends every connection; who waits for an answer gets none. */
  @Override
  public void close() {
    deadlines.shutdownNow();
    evictor.shutdown();
    http.close(CloseMode.IMMEDIATE);
  }

  private static Problem closed(RuntimeException cause) {
    return away("the key backend has been closed", cause);
  }

  private Problem late(Exception cause) {
    return away("Vault at " + base.getAuthority() + " does not answer in time", cause);
  }

  private Problem unreached(IOException cause) {
    return away(
        "Vault at "
            + base.getAuthority()
            + " is not reached ("
            + cause.getClass().getSimpleName()
            + "): check that it runs, and the address and caFile of kek.vault",
        cause);
  }

  // The causes speak of connections; they hold neither header nor body.
  private static Problem away(String message, Exception cause) {
    return new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, message, cause);
  }
}
