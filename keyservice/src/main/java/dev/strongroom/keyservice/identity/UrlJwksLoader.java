package dev.strongroom.keyservice.identity;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches a key set. A redirect, any status but 200, more than 256 KiB or a body that is not whole
 * in time is a failure.
 */
final class UrlJwksLoader implements JwksLoader {
  private final HttpClient client;
  private final URI url;
  private final Duration timeout;
  private final Duration every;

  /**
   * @param client follows no redirects
   * @param timeout for the whole answer
   */
  UrlJwksLoader(HttpClient client, URI url, Duration timeout, Duration every) {
    if (client.followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException("the client must not follow redirects");
    }
    this.client = client;
    this.url = url;
    this.timeout = timeout;
    this.every = every;
  }

  @Override
  public Optional<byte[]> load() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(url).timeout(timeout).header("Accept", "application/json").build();
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(
            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), TokenKeys.MAX_BYTES));
    try {
      HttpResponse<byte[]> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != 200) {
        throw new IOException("status " + response.statusCode());
      }
      return Optional.of(response.body());
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException("no whole answer within " + timeout, e);
    } catch (ExecutionException e) {
      throw new IOException("the fetch failed", e);
    }
  }

  @Override
  public void forget() {
    // Each load asks the server again.
  }

  @Override
  public Duration every() {
    return every;
  }

  @Override
  public String name() {
    return url.toString();
  }
}
