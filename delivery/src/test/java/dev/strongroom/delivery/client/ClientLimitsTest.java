package dev.strongroom.delivery.client;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.manifest.ManifestCodec;
import org.junit.jupiter.api.Test;

class ClientLimitsTest {
  /** A presigned URL with its headers, generously. */
  private static final int OBJECT_BYTES = 16_384;

  private static final int SEALED_KEY_AND_RECEIPT = 1 << 20;

  @Test
  void theAnswerThatCarriesTheLargestManifestFits() {
    long largest =
        Math.ceilDiv(ManifestCodec.MAX_ENVELOPE_BYTES, 3) * 4L
            + (long) GrantResponse.MAX_OBJECTS * OBJECT_BYTES
            + Grant.MAX_CHARS
            + SEALED_KEY_AND_RECEIPT;
    assertTrue(largest <= ClientLimits.DEFAULT.maxBytes(), largest + " bytes");
  }
}
