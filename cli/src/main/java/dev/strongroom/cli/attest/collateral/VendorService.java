package dev.strongroom.cli.attest.collateral;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.retry.Pause;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * HTTPS requests to a vendor, one after another with a pause between: AMD's service answers one
 * request in ten seconds from an address, and 429 to more. Redirects are not followed. An answer of
 * 429 or 503 is asked for again a few times, not before its {@code Retry-After}.
 */
final class VendorService implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 4;
  private static final int MAX_BYTES = 4 << 20;
  private static final long MAX_RETRY_AFTER = 600;

  private final HttpClient http;
  private final Duration between;
  private final Pause pause;
  private boolean asked;

  /**
   * @param trust null for the authorities of the runtime
   * @param between two requests
   */
  VendorService(@Nullable SSLContext trust, Duration between, Pause pause) {
    HttpClient.Builder builder =
        HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).connectTimeout(LIMIT);
    this.http = (trust == null ? builder : builder.sslContext(trust)).build();
    this.between = between;
    this.pause = pause;
  }

  /**
   * What a vendor answers.
   *
   * @param issuerChain of a header that has one; empty without
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(byte[] body, String issuerChain) {}

  /**
   * Gets it.
   *
   * @param chainHeader the header with the issuer's chain; empty for none
   * @throws Problem {@link ProblemCode#SERVICE_UNREACHABLE} when it does not come
   */
  Answer get(URI address, String chainHeader) {
    if (!"https".equals(address.getScheme())) {
      throw new Problem(ProblemCode.INVALID_PATH, address + " is no https address");
    }
    for (int attempt = 1; ; attempt++) {
      waitFor(asked ? between : Duration.ZERO);
      asked = true;
      HttpResponse<InputStream> answer = send(address);
      try (InputStream body = answer.body()) {
        int status = answer.statusCode();
        if (status == 200) {
          return new Answer(
              bounded(address, body), answer.headers().firstValue(chainHeader).orElse(""));
        }
        if ((status != 429 && status != 503) || attempt == ATTEMPTS) {
          throw unreachable(address + " answers " + status, null);
        }
        waitFor(retryAfter(answer));
      } catch (IOException e) {
        throw unreachable(address + " cannot be read", e);
      }
    }
  }

  private HttpResponse<InputStream> send(URI address) {
    try {
      return http.send(
          HttpRequest.newBuilder(address).timeout(LIMIT).build(), BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw unreachable(address + " cannot be reached: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable(address + " was interrupted", e);
    }
  }

  private static byte[] bounded(URI address, InputStream body) throws IOException {
    byte[] content = body.readNBytes(MAX_BYTES + 1);
    if (content.length > MAX_BYTES) {
      throw unreachable(address + " answers with more than " + MAX_BYTES + " bytes", null);
    }
    return content;
  }

  private static Duration retryAfter(HttpResponse<?> answer) {
    try {
      long seconds =
          Long.parseLong(answer.headers().firstValue("Retry-After").orElse("10").strip());
      return Duration.ofSeconds(Math.clamp(seconds, 1, MAX_RETRY_AFTER));
    } catch (NumberFormatException e) {
      return Duration.ofSeconds(10); // a date: those services send none
    }
  }

  private void waitFor(Duration time) {
    try {
      if (!time.isZero()) {
        pause.pause(time);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable("waiting was interrupted", e);
    }
  }

  private static Problem unreachable(String message, @Nullable Exception cause) {
    return new Problem(ProblemCode.SERVICE_UNREACHABLE, message, cause);
  }

  @Override
  public void close() {
    http.close();
  }
}
