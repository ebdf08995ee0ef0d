package dev.strongroom.delivery.client;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DpopClaims;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Makes a DPoP proof for each request (RFC 9449; grant protocol, section 5). */
final class ProofMaker {
  private static final int JTI_BYTES = 16;

  private final String origin;
  private final InstantSource clock;
  private final SecureRandom random;

  ProofMaker(String origin, InstantSource clock, SecureRandom random) {
    this.origin = origin;
    this.clock = clock;
    this.random = random;
  }

  /**
   * What is proved, besides the body.
   *
   * @param path as in the request line, with or without a query
   * @param token empty for none
   * @param certificate of the connection; null for none
   */
  record Sent(String method, String path, String token, @Nullable Sha256Digest certificate) {}

  String prove(SigningKey key, Sent sent, byte[] body) {
    String path = sent.path();
    byte[] jti = new byte[JTI_BYTES];
    random.nextBytes(jti);
    int query = path.indexOf('?');
    DpopClaims claims =
        new DpopClaims(
            Blob.of(jti).base64url(),
            sent.method(),
            origin + (query < 0 ? path : path.substring(0, query)),
            clock.instant().getEpochSecond(),
            DpopClaims.tokenHash(sent.token()),
            Sha256Digest.of(body),
            sent.certificate());
    return key.signWithKey(MessageType.DPOP, CanonicalJson.writeRecord(claims));
  }
}
