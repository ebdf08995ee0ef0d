package dev.strongroom.delivery.attest.nitro;

import java.io.IOException;

/** The way to a Nitro Security Module. */
@FunctionalInterface
interface NsmChannel {
  /**
   * One request and its response, both CBOR.
   *
   * @throws IOException when there is none
   */
  byte[] exchange(byte[] request) throws IOException;
}
