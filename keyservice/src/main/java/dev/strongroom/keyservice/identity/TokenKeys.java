package dev.strongroom.keyservice.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.encoding.Utf8;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.security.PublicKey;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys of an issuer as one JWK set gave them (RFC 7517). Immutable. Keys for encryption and
 * symmetric keys are left out; a set with a private key, or with two different keys that a token
 * could not tell apart, is refused as a whole.
 */
final class TokenKeys {
  static final int MAX_BYTES = 256 * 1024;
  private static final int MAX_KEYS = 100;
  static final int MIN_RSA_BITS = 2048;
  static final int MAX_RSA_BITS = 8192;

  private final List<TokenKey> keys;
  private final Sha256Digest digest;

  private TokenKeys(List<TokenKey> keys, Sha256Digest digest) {
    this.keys = List.copyOf(keys);
    this.digest = digest;
  }

  /**
   * Parses a JWK set.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it is none, is larger than 256
   *     KiB, holds a private key, an unusable or no signature key, or an ambiguous {@code kid}
   */
  static TokenKeys parse(byte[] json) {
    if (json.length > MAX_BYTES) {
      throw refused("is larger than 256 KiB");
    }
    List<TokenKey> keys = new ArrayList<>();
    try {
      for (JWK jwk : JWKSet.parse(Utf8.decode(json)).getKeys()) {
        if (jwk.isPrivate() && jwk.toPublicJWK() != null) {
          throw refused("holds a private key: publish its public part alone, and replace it");
        }
        tokenKey(jwk).ifPresent(keys::add);
      }
    } catch (ParseException | JOSEException | IllegalArgumentException | IllegalStateException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "the key set is not a usable JWK set (RFC 7517)", e);
    }
    if (keys.isEmpty() || keys.size() > MAX_KEYS) {
      throw refused("holds no key for signatures, or more than " + MAX_KEYS);
    }
    refuseAmbiguity(keys);
    return new TokenKeys(keys, Sha256Digest.of(json));
  }

  /** SHA-256 over the bytes of the set. */
  Sha256Digest digest() {
    return digest;
  }

  /**
   * The key for a token.
   *
   * @param keyId the token's {@code kid}; where it has none, the set must leave no choice
   */
  Optional<TokenKey> find(@Nullable String keyId, TokenAlgorithm algorithm) {
    List<TokenKey> fitting =
        keys.stream()
            .filter(key -> key.algorithms().contains(algorithm))
            .filter(key -> keyId == null || keyId.equals(key.keyId()))
            .toList();
    return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty();
  }

  private static Optional<TokenKey> tokenKey(JWK jwk) throws JOSEException {
    boolean forSignatures =
        (jwk.getKeyUse() == null || jwk.getKeyUse().equals(KeyUse.SIGNATURE))
            && (jwk.getKeyOperations() == null
                || jwk.getKeyOperations().contains(KeyOperation.VERIFY));
    Set<TokenAlgorithm> algorithms = ofType(jwk);
    if (jwk.getAlgorithm() != null) {
      String named = jwk.getAlgorithm().getName();
      algorithms.removeIf(algorithm -> !algorithm.wireName().equals(named));
    }
    if (!forSignatures || algorithms.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new TokenKey(jwk.getKeyID(), algorithms, publicKey(jwk)));
  }

  private static Set<TokenAlgorithm> ofType(JWK jwk) {
    Set<TokenAlgorithm> none = EnumSet.noneOf(TokenAlgorithm.class);
    if (jwk instanceof ECKey ec) {
      if (Curve.P_256.equals(ec.getCurve())) {
        return EnumSet.of(TokenAlgorithm.ES256);
      }
      return Curve.P_384.equals(ec.getCurve()) ? EnumSet.of(TokenAlgorithm.ES384) : none;
    }
    if (jwk instanceof OctetKeyPair okp) {
      return Curve.Ed25519.equals(okp.getCurve()) ? EnumSet.of(TokenAlgorithm.EDDSA) : none;
    }
    return jwk instanceof RSAKey ? EnumSet.of(TokenAlgorithm.RS256, TokenAlgorithm.PS256) : none;
  }

  private static PublicKey publicKey(JWK jwk) throws JOSEException {
    if (jwk instanceof RSAKey rsa) {
      int bits = rsa.size();
      if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
        throw refused("holds an RSA key of " + bits + " bits; 2048 to 8192 are accepted");
      }
      return rsa.toRSAPublicKey();
    }
    return jwk instanceof ECKey ec ? ec.toECPublicKey() : PublicKeys.ofJwk(jwk);
  }

  private static void refuseAmbiguity(List<TokenKey> keys) {
    for (int i = 0; i < keys.size(); i++) {
      for (int j = i + 1; j < keys.size(); j++) {
        TokenKey one = keys.get(i);
        TokenKey other = keys.get(j);
        if (one.keyId() != null
            && Objects.equals(one.keyId(), other.keyId())
            && one.algorithms().stream().anyMatch(other.algorithms()::contains)) {
          throw refused("names two keys with one kid: a token could not tell which is meant");
        }
      }
    }
  }

  private static Problem refused(String what) {
    return new Problem(ProblemCode.CONFIGURATION_INVALID, "the key set " + what);
  }
}
