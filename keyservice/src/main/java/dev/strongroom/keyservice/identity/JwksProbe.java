package dev.strongroom.keyservice.identity;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.IdentityConfig.Jwks;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Optional;

/** Tries to have the keys of an issuer once, for a check of the configuration. */
public final class JwksProbe {
  private JwksProbe() {}

  /** What is wrong with the key set; empty when it can be used. */
  public static Optional<String> fault(Jwks jwks, HttpClient http, Duration timeout) {
    JwksLoader loader =
        switch (jwks) {
          case Jwks.File file -> new FileJwksLoader(file.path());
          case Jwks.Url url -> new UrlJwksLoader(http, url.url(), timeout, timeout);
        };
    try {
      TokenKeys.parse(loader.load().orElseThrow(() -> new IOException("nothing came")));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("it cannot be had: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("the check was interrupted");
    } catch (Problem e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
