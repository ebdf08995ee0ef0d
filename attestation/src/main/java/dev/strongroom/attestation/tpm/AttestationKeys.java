package dev.strongroom.attestation.tpm;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The attestation keys that are enrolled. Must be thread-safe, and quick: it is asked each time.
 */
@FunctionalInterface
public interface AttestationKeys {
  /** No key is enrolled: certificates alone count. */
  AttestationKeys NONE = name -> Optional.empty();

  /** The one of this name, when it is enrolled and has not been struck off. */
  Optional<EnrolledKey> find(TpmName name);

  /** Those, for good. */
  static AttestationKeys of(Collection<EnrolledKey> keys) {
    Map<TpmName, EnrolledKey> byName =
        keys.stream().collect(Collectors.toUnmodifiableMap(EnrolledKey::name, Function.identity()));
    return name -> Optional.ofNullable(byName.get(name));
  }
}
