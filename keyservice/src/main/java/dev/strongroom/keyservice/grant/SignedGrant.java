package dev.strongroom.keyservice.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Grant;
import java.nio.charset.StandardCharsets;

/**
 * A grant and its signed text.
 *
 * @param text compact JWS
 */
record SignedGrant(Grant grant, String text) {

  /** What the log commits to. */
  Sha256Digest hash() {
    return Sha256Digest.of(text.getBytes(StandardCharsets.US_ASCII));
  }
}
