package dev.strongroom.delivery.grant;

import dev.strongroom.core.jose.SigningKey;

/**
 * A verified grant in the hands of who asked for it.
 *
 * @param verified closed by the holder
 * @param proofKey speaks for the lease
 * @param sentAtNanos when the request was sent, on the clock of the lease
 */
public record HeldGrant(VerifiedGrant verified, SigningKey proofKey, long sentAtNanos)
    implements AutoCloseable {
  @Override
  public void close() {
    verified.close();
  }
}
