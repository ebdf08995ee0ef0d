package dev.strongroom.keyservice.identity.spiffe;

import io.spiffe.exception.InvalidSpiffeIdException;
import io.spiffe.spiffeid.SpiffeId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** SPIFFE IDs, strictly (SPIFFE-ID, section 2). */
public final class SpiffeNames {
  private static final int MAX_BYTES = 2_048;

  private SpiffeNames() {}

  /**
   * The SPIFFE ID that a text is. The parser of the library is lenient about what stands before the
   * scheme, so the ID must be written back as the same text.
   *
   * @return empty where the text is none
   */
  static Optional<SpiffeId> parse(String text) {
    if (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      return Optional.empty();
    }
    try {
      SpiffeId id = SpiffeId.parse(text);
      return id.toString().equals(text) ? Optional.of(id) : Optional.empty();
    } catch (InvalidSpiffeIdException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** The ID of a workload: one with a path. That of a trust domain itself is nobody's. */
  static Optional<SpiffeId> parseWorkload(String text) {
    return parse(text).filter(id -> !id.getPath().isEmpty());
  }

  /**
   * How the trust domain of a workload stands in the place of an issuer.
   *
   * @return empty where the text is no SPIFFE ID of a workload
   */
  public static Optional<String> issuerOf(String workload) {
    return parseWorkload(workload).map(SpiffeNames::issuer);
  }

  /** How a trust domain stands in the place of an issuer. */
  static String issuer(SpiffeId id) {
    return "spiffe://" + id.getTrustDomain().getName();
  }
}
