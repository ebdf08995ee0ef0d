package dev.strongroom.delivery.client;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DpopClaims;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import java.security.SecureRandom;
import java.time.InstantSource;

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
   * @param path as in the request line, with or without a query
   */
  String prove(SigningKey key, String method, String path, String token, byte[] body) {
    byte[] jti = new byte[JTI_BYTES];
    random.nextBytes(jti);
    int query = path.indexOf('?');
    DpopClaims claims =
        new DpopClaims(
            Blob.of(jti).base64url(),
            method,
            origin + (query < 0 ? path : path.substring(0, query)),
            clock.instant().getEpochSecond(),
            DpopClaims.tokenHash(token),
            Sha256Digest.of(body));
    return key.signWithKey(MessageType.DPOP, CanonicalJson.writeRecord(claims));
  }
}
