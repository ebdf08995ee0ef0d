package dev.strongroom.core.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.jwk.JWK;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.PublicKey;
import java.text.ParseException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A compact JWS that has been parsed and not yet verified. It gives away its header only; the
 * payload comes out of {@link #verify}, so that nobody can read what nobody has checked.
 */
public final class UnverifiedJws {
  private static final Set<String> HEADER_PARAMETERS = Set.of("alg", "typ", "kid", "jwk");

  private final JWSObject object;

  private UnverifiedJws(JWSObject object) {
    this.object = object;
  }

  /**
   * Parses a compact JWS of this type.
   *
   * @param maxChars the longest text to look at
   * @param refusal the code for every fault: what a malformed message of this kind is called
   * @throws Problem with {@code refusal} when the text is too long or no JWS, has another type, or
   *     has a header parameter beyond {@code alg typ kid jwk} (RFC 7515 section 4.1.11: what is not
   *     understood is refused)
   */
  public static UnverifiedJws parse(String text, String type, int maxChars, ProblemCode refusal) {
    if (text.length() > maxChars) {
      throw new Problem(refusal, "the signed message is longer than " + maxChars + " characters");
    }
    JWSObject object;
    try {
      object = JWSObject.parse(text);
    } catch (ParseException | IllegalArgumentException e) {
      throw new Problem(refusal, "the signed message is not a compact JWS");
    }
    if (object.getHeader().getType() == null
        || !type.equals(object.getHeader().getType().getType())) {
      throw new Problem(refusal, "the signed message is not of type " + type);
    }
    if (!HEADER_PARAMETERS.containsAll(object.getHeader().getIncludedParams())) {
      throw new Problem(refusal, "the signed message has a header parameter that is not allowed");
    }
    return new UnverifiedJws(object);
  }

  /** The id of the key that is said to have signed; null where the header names none. */
  public @Nullable String keyId() {
    return object.getHeader().getKeyID();
  }

  /**
   * The public key in the header.
   *
   * @throws Problem {@link ProblemCode#PROOF_INVALID} when there is none, or {@link
   *     ProblemCode#UNSUPPORTED_ALGORITHM} when it is of another kind than P-256 and Ed25519
   */
  public PublicKey headerKey() {
    JWK jwk = object.getHeader().getJWK();
    if (jwk == null) {
      throw new Problem(ProblemCode.PROOF_INVALID, "the proof does not carry its public key (jwk)");
    }
    return PublicKeys.ofJwk(jwk);
  }

  /**
   * The payload, once the signature holds.
   *
   * @throws Problem with {@code refusal} when it does not
   */
  public byte[] verify(PublicKey key, ProblemCode refusal) {
    try {
      if (object.verify(new JcaVerifier(key))) {
        return object.getPayload().toBytes();
      }
    } catch (JOSEException | IllegalStateException e) {
      throw new Problem(refusal, "the signature could not be verified", e);
    }
    throw new Problem(refusal, "the signature does not match the message and the key");
  }
}
