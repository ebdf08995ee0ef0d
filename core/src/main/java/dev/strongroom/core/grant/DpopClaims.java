package dev.strongroom.core.grant;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Require;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The payload of a DPoP proof (RFC 9449 section 4.2), with the body bound too: DPoP alone signs
 * method and URL only.
 *
 * @param jti unique for each proof, 16 to 64 characters of base64url
 * @param htm the HTTP method
 * @param htu the URL without query and fragment
 * @param iat seconds since the epoch
 * @param ath base64url SHA-256 of the access token, here the identity token; of no bytes where the
 *     client certificate of the connection is the only identity
 * @param bodyHash SHA-256 over the request's body; over no bytes where there is none
 * @param certificateHash SHA-256 over the DER of the client certificate of the connection; null
 *     where the caller shows none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DpopClaims(
    String jti,
    String htm,
    String htu,
    long iat,
    Blob ath,
    @JsonProperty("strongroom_body_sha256") Sha256Digest bodyHash,
    @JsonProperty("strongroom_certificate_sha256") @Nullable Sha256Digest certificateHash) {
  public static final int MAX_CHARS = 4_096;
  private static final Pattern JTI = Pattern.compile("[A-Za-z0-9_-]{16,64}");

  public DpopClaims {
    Require.present(jti, "jti");
    Require.that(JTI.matcher(jti).matches(), "a jti is 16 to 64 characters of base64url");
    Require.present(htm, "htm");
    Require.present(htu, "htu");
    Require.present(ath, "ath");
    Require.present(bodyHash, "strongroom_body_sha256");
  }

  /** A proof for a connection without a client certificate. */
  public DpopClaims(String jti, String htm, String htu, long iat, Blob ath, Sha256Digest bodyHash) {
    this(jti, htm, htu, iat, ath, bodyHash, null);
  }

  /** The {@code ath} of this token. */
  public static Blob tokenHash(String token) {
    return Blob.of(Sha256Digest.of(token.getBytes(StandardCharsets.US_ASCII)).bytes());
  }
}
