package dev.strongroom.keyservice.identity;

import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One key of an issuer.
 *
 * @param keyId its {@code kid}; null where it has none
 * @param algorithms what it may verify: what its type allows, narrowed by its {@code alg}
 */
public record TokenKey(@Nullable String keyId, Set<TokenAlgorithm> algorithms, PublicKey key) {
  public TokenKey {
    algorithms = Set.copyOf(algorithms);
  }

  /**
   * A key that says nothing of its algorithm.
   *
   * @return a key without algorithms where its type or size is not accepted
   */
  public static TokenKey of(String keyId, PublicKey key) {
    return new TokenKey(keyId, ofType(key), key);
  }

  private static Set<TokenAlgorithm> ofType(PublicKey key) {
    if (key instanceof ECPublicKey ec) {
      return switch (ec.getParams().getOrder().bitLength()) {
        case 256 -> Set.of(TokenAlgorithm.ES256);
        case 384 -> Set.of(TokenAlgorithm.ES384);
        default -> Set.of();
      };
    }
    if (key instanceof RSAPublicKey rsa) {
      int bits = rsa.getModulus().bitLength();
      return bits >= TokenKeys.MIN_RSA_BITS && bits <= TokenKeys.MAX_RSA_BITS
          ? Set.of(TokenAlgorithm.RS256, TokenAlgorithm.PS256)
          : Set.of();
    }
    return Set.of();
  }
}
