package dev.strongroom.keyservice.proof;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DpopClaims;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identities;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.Presented;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Verifies DPoP-bound requests (RFC 9449 section 4.3; grant protocol, section 5): a token, and a
 * proof of the sender's key over this method, this URL, this token and this body, once.
 * Thread-safe.
 */
public final class DpopVerifier {
  private static final long START_SLACK_SECONDS = 2;
  private static final String SCHEME = "DPoP ";

  private final String origin;
  private final Identities identities;
  private final InstantSource clock;
  private final Duration window;
  private final ReplayCache replays;
  private final long notBefore;

  /**
   * @param origin this service, an origin in lower case without a path
   * @param window how far {@code iat} may be from now, either way
   * @param replayEntries proofs remembered at most
   */
  public DpopVerifier(
      String origin,
      Identities identities,
      InstantSource clock,
      Duration window,
      long replayEntries) {
    this.origin = origin;
    this.identities = identities;
    this.clock = clock;
    this.window = window;
    // What was used before the start is not remembered: proofs from before it are not taken.
    this.notBefore = clock.instant().getEpochSecond() - START_SLACK_SECONDS;
    // A proof dated a window ahead can be replayed until a window after that date.
    this.replays = new ReplayCache(clock, window.multipliedBy(2).plusSeconds(1), replayEntries);
  }

  /**
   * A proof that holds and is not used up yet.
   *
   * @param proofId what is remembered of it
   * @param bodyHash of the body that it is for
   */
  public record Unspent(ProvenCaller caller, String proofId, Sha256Digest bodyHash) {

    /**
     * Compares the body with the one that the proof is for.
     *
     * @throws Problem {@link ProblemCode#PROOF_INVALID} when it is another
     */
    public void requireBody(byte[] body) {
      if (!bodyHash.equals(Sha256Digest.of(body))) {
        throw invalid("the proof is for another body (strongroom_body_sha256)");
      }
    }
  }

  /**
   * Verifies one request over a connection without a client certificate, and uses its proof up.
   *
   * @throws Problem as {@link #check} and {@link #use} do
   */
  public ProvenCaller verify(
      String method,
      String rawPath,
      @Nullable String authorization,
      @Nullable String proof,
      byte[] body) {
    return use(check(method, rawPath, authorization, proof, body));
  }

  /**
   * Uses a proof up. Whoever limits what a caller may ask does so before: the memory is shared.
   *
   * @throws Problem {@link ProblemCode#PROOF_REPLAYED}, {@link ProblemCode#OVERLOADED}
   */
  public ProvenCaller use(Unspent unspent) {
    replays.take(unspent.proofId());
    return unspent.caller();
  }

  /**
   * Verifies one request over a connection without a client certificate; takes no place in the
   * memory of used proofs.
   *
   * @param method as in the request line
   * @param rawPath the path as in the request line, without query, not decoded
   * @param authorization the {@code Authorization} header; null where there is none
   * @param proof the one {@code DPoP} header; null where there is none
   * @param body the body; empty where there is none
   * @throws Problem {@link ProblemCode#TOKEN_MISSING}, {@link ProblemCode#PROOF_INVALID}, {@link
   *     ProblemCode#UNSUPPORTED_ALGORITHM}, {@link ProblemCode#OVERLOADED} for a proof from before
   *     this service started, and what the token verifier throws
   */
  public Unspent check(
      String method,
      String rawPath,
      @Nullable String authorization,
      @Nullable String proof,
      byte[] body) {
    Unspent unspent = checkHead(method, rawPath, authorization, proof, List.of());
    unspent.requireBody(body);
    return unspent;
  }

  /**
   * Verifies all but the body, which is not there yet: before a large one is read for anybody, and
   * {@link Unspent#requireBody} follows when it is.
   *
   * @param certificates the client certificate of the connection and its chain; where there is one,
   *     there need be no token
   * @throws Problem as {@link #check}, and what {@link Identities#identify} throws
   */
  public Unspent checkHead(
      String method,
      String rawPath,
      @Nullable String authorization,
      @Nullable String proof,
      List<X509Certificate> certificates) {
    String token = authorization == null && !certificates.isEmpty() ? "" : token(authorization);
    if (proof == null) {
      throw invalid("the DPoP header is missing: send a proof by the key that the lease names");
    }
    UnverifiedJws jws =
        UnverifiedJws.parse(
            proof, MessageType.DPOP, DpopClaims.MAX_CHARS, ProblemCode.PROOF_INVALID);
    if (jws.keyId() != null) {
      throw invalid("a proof carries its key (jwk) and names none (kid)");
    }
    PublicKey key = jws.headerKey();
    DpopClaims claims = claims(jws.verify(key, ProblemCode.PROOF_INVALID));
    requireMatch(claims, method, rawPath, token);
    Identity identity =
        identities.identify(new Presented(token, certificates, claims.certificateHash()));
    String jkt = PublicKeys.thumbprint(key);
    return new Unspent(
        new ProvenCaller(identity, jkt), jkt + "." + claims.jti(), claims.bodyHash());
  }

  private static String token(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        || authorization.length() == SCHEME.length()) {
      throw new Problem(
          ProblemCode.TOKEN_MISSING, "send the identity token as 'Authorization: DPoP TOKEN'");
    }
    return authorization.substring(SCHEME.length());
  }

  private static DpopClaims claims(byte[] payload) {
    try {
      return CanonicalJson.parse(payload, DpopClaims.class, DpopClaims.MAX_CHARS);
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.PROOF_INVALID, "the proof's claims are not those of section 5", e);
    }
  }

  private void requireMatch(DpopClaims claims, String method, String rawPath, String token) {
    if (!claims.htm().equals(method)) {
      throw invalid("the proof is for another method (htm)");
    }
    if (!isThisUrl(claims.htu(), rawPath)) {
      throw invalid("the proof is for another URL (htu); it is the one under " + origin);
    }
    long now = clock.instant().getEpochSecond();
    if (claims.iat() < now - window.toSeconds() || claims.iat() > now + window.toSeconds()) {
      throw invalid("the proof is too old or from the future (iat); check the clock");
    }
    // A code that asks to try again: a caller whose clock is late is good as soon as it has passed.
    if (claims.iat() < notBefore) {
      throw new Problem(
          ProblemCode.OVERLOADED,
          "the service started after this proof was signed (iat); sign a new one, in a minute");
    }
    if (!claims.ath().equals(DpopClaims.tokenHash(token))) {
      throw invalid("the proof is for another token (ath)");
    }
  }

  /** RFC 9449 section 4.3 point 9: compared after the normalisation of RFC 3986 section 6.2.3. */
  private boolean isThisUrl(String htu, String rawPath) {
    if (htu.equals(origin + rawPath)) {
      return true;
    }
    try {
      URI uri = new URI(htu);
      if (uri.getScheme() == null
          || uri.getHost() == null
          || uri.getRawUserInfo() != null
          || uri.getRawQuery() != null
          || uri.getRawFragment() != null) {
        return false;
      }
      String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
      boolean impliedPort = uri.getPort() == -1 || (scheme.equals("https") && uri.getPort() == 443);
      String authority =
          uri.getHost().toLowerCase(Locale.ROOT) + (impliedPort ? "" : ":" + uri.getPort());
      return (scheme + "://" + authority + uri.getRawPath()).equals(origin + rawPath);
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static Problem invalid(String message) {
    return new Problem(ProblemCode.PROOF_INVALID, message);
  }
}
