package dev.strongroom.testkit.spiffe;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.jspecify.annotations.Nullable;

/**
 * How a leaf is made; what {@link #of} gives keeps every rule of the X.509-SVID specification.
 *
 * @param uris the URI SANs
 * @param ca whether it says of itself that it is an authority
 * @param keyUsage bits of {@link KeyUsage}; null for no extension
 * @param serverOnly whether its extended key usage names servers alone
 */
public record SvidRecipe(
    List<String> uris,
    Instant notBefore,
    Instant notAfter,
    boolean ca,
    @Nullable Integer keyUsage,
    boolean serverOnly) {

  public SvidRecipe {
    uris = List.copyOf(uris);
  }

  /** A good leaf that lives for an hour. */
  public static SvidRecipe of(String spiffeId, Instant now) {
    return new SvidRecipe(
        List.of(spiffeId),
        now.minus(Duration.ofMinutes(1)),
        now.plus(Duration.ofHours(1)),
        false,
        KeyUsage.digitalSignature,
        false);
  }

  public SvidRecipe withUris(String... others) {
    return new SvidRecipe(List.of(others), notBefore, notAfter, ca, keyUsage, serverOnly);
  }

  public SvidRecipe until(Instant end) {
    return new SvidRecipe(uris, notBefore, end, ca, keyUsage, serverOnly);
  }

  public SvidRecipe from(Instant begin) {
    return new SvidRecipe(uris, begin, notAfter, ca, keyUsage, serverOnly);
  }

  public SvidRecipe asAuthority() {
    return new SvidRecipe(uris, notBefore, notAfter, true, keyUsage, serverOnly);
  }

  public SvidRecipe withKeyUsage(@Nullable Integer bits) {
    return new SvidRecipe(uris, notBefore, notAfter, ca, bits, serverOnly);
  }

  public SvidRecipe forServersAlone() {
    return new SvidRecipe(uris, notBefore, notAfter, ca, keyUsage, true);
  }
}
