package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Bounds;
import dev.strongroom.keyservice.config.yaml.Default;
import dev.strongroom.keyservice.config.yaml.Inline;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may prove an identity.
 *
 * @param issuers each once; at least one of these, of {@code kubernetes}, or {@code spiffe}
 * @param kubernetes clusters that are asked about tokens of their service accounts
 * @param tokenCache verified tokens remembered at most, by their hash, until they expire
 * @param jwks how keys of issuers are fetched
 * @param spiffe null where SVIDs prove nothing
 */
public record IdentityConfig(
    @Default("") List<IssuerConfig> issuers,
    @Default("") List<KubernetesConfig> kubernetes,
    @Default("20000") @Bounds(min = "0", max = "1000000") Integer tokenCache,
    JwksFetchConfig jwks,
    @Nullable SpiffeConfig spiffe) {

  public IdentityConfig {
    issuers = List.copyOf(issuers);
    kubernetes = List.copyOf(kubernetes);
    KeyServiceConfig.check(
        !issuers.isEmpty() || !kubernetes.isEmpty() || spiffe != null,
        "issuers: at least one issuer, one cluster under 'kubernetes' or 'spiffe' is wanted");
    Set<String> seen = new HashSet<>();
    for (IssuerConfig issuer : issuers) {
      KeyServiceConfig.check(
          seen.add(issuer.issuer()), "issuers: '" + issuer.issuer() + "' is there twice");
    }
    // Each issuer has one way to be verified: a second, weaker one would be the one that counts.
    for (KubernetesConfig cluster : kubernetes) {
      KeyServiceConfig.check(
          seen.add(cluster.issuer()),
          "kubernetes: the issuer '" + cluster.issuer() + "' is there twice");
    }
  }

  /**
   * How keys of issuers are fetched.
   *
   * @param refreshAtMost a key set is read again at most so often when a token names an unknown key
   * @param refreshEvery and so often in any case
   * @param keepFor keys stay in use so long while the fetch fails, then the issuer is refused
   * @param timeout of one fetch
   */
  public record JwksFetchConfig(
      @Default("30s") @Bounds(min = "1s", max = "1h") Duration refreshAtMost,
      @Default("10m") @Bounds(min = "10s", max = "1d") Duration refreshEvery,
      @Default("24h") @Bounds(min = "1m", max = "30d") Duration keepFor,
      @Default("5s") @Bounds(min = "100ms", max = "1m") Duration timeout) {
    public JwksFetchConfig {
      KeyServiceConfig.check(
          refreshAtMost.compareTo(refreshEvery) <= 0 && refreshEvery.compareTo(keepFor) <= 0,
          "refreshAtMost may not exceed refreshEvery, nor that keepFor");
    }
  }

  /**
   * One issuer of tokens.
   *
   * @param issuer exactly the {@code iss} of its tokens
   * @param audience what {@code aud} must hold: one of our own
   * @param algorithms the signatures that are accepted
   * @param jwks where its keys are
   * @param clockSkew how far its clock may be off
   * @param requireJti whether its tokens must carry an id
   */
  public record IssuerConfig(
      String issuer,
      String audience,
      @Default("ES256,EdDSA,RS256") List<TokenAlgorithm> algorithms,
      Jwks jwks,
      @Default("30s") @Bounds(min = "0s", max = "5m") Duration clockSkew,
      @Default("false") Boolean requireJti) {
    public IssuerConfig {
      algorithms = List.copyOf(algorithms);
      KeyServiceConfig.check(!algorithms.isEmpty(), "algorithms: at least one is wanted");
      KeyServiceConfig.check(
          issuer.length() <= 512 && !issuer.contains("|"),
          "issuer: at most 512 characters without '|' are wanted");
      KeyServiceConfig.check(
          !issuer.toLowerCase(Locale.ROOT).startsWith("spiffe:"),
          "issuer: trust domains of SPIFFE stand under identity.spiffe");
    }
  }

  /** Where the keys of an issuer are (RFC 7517). */
  public sealed interface Jwks {

    /** A file; read again when it changes. */
    @Inline
    record File(Path path) implements Jwks {}

    /** An {@code https} URL; redirects are refused. */
    @Inline
    record Url(URI url) implements Jwks {
      public Url {
        KeyServiceConfig.check(
            "https".equals(String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT)),
            "an https URL is wanted");
      }
    }
  }

  /**
   * Signatures of tokens (RFC 7518 section 3.1, RFC 8037). There is no HMAC and no {@code none}.
   */
  public enum TokenAlgorithm {
    ES256("ES256"),
    ES384("ES384"),
    RS256("RS256"),
    PS256("PS256"),
    EDDSA("EdDSA");

    private final String wireName;

    TokenAlgorithm(String wireName) {
      this.wireName = wireName;
    }

    /** The spelling in {@code alg}. */
    public String wireName() {
      return wireName;
    }
  }
}
