package dev.strongroom.keyservice.identity;

import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.security.PublicKey;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One key of an issuer.
 *
 * @param keyId its {@code kid}; null where it has none
 * @param algorithms what it may verify: what its type allows, narrowed by its {@code alg}
 */
record TokenKey(@Nullable String keyId, Set<TokenAlgorithm> algorithms, PublicKey key) {
  TokenKey {
    algorithms = Set.copyOf(algorithms);
  }
}
