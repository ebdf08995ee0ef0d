package dev.strongroom.auditlog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What an ML-DSA-44 cosignature of a checkpoint signs, and how it stands in the note (C2SP
 * tlog-cosignature, "ML-DSA-44 signed message").
 */
final class Cosignature {
  private static final byte[] LABEL = "subtree/v1\n\0".getBytes(StandardCharsets.US_ASCII);
  private static final int TIMESTAMP_BYTES = Long.BYTES;

  private Cosignature() {}

  /** The {@code cosigned_message}; both names are at most 255 bytes of UTF-8. */
  static byte[] message(String cosigner, long posixSeconds, TreeHead head) {
    byte[] name = cosigner.getBytes(StandardCharsets.UTF_8);
    byte[] origin = head.origin().getBytes(StandardCharsets.UTF_8);
    if (name.length > VerifierKey.MAX_NAME_BYTES || origin.length > VerifierKey.MAX_NAME_BYTES) {
      throw new AuditLogException(
          LogCode.CHECKPOINT_MALFORMED, "a cosigned name or origin has at most 255 bytes");
    }
    return ByteBuffer.allocate(
            LABEL.length + 1 + name.length + 1 + origin.length + 3 * Long.BYTES + Hash.BYTES)
        .put(LABEL)
        .put((byte) name.length)
        .put(name)
        .putLong(posixSeconds)
        .put((byte) origin.length)
        .put(origin)
        .putLong(0)
        .putLong(head.size())
        .put(head.root().raw())
        .array();
  }

  /** The {@code timestamped_signature}. */
  static byte[] timestamped(long posixSeconds, byte[] signature) {
    return ByteBuffer.allocate(TIMESTAMP_BYTES + signature.length)
        .putLong(posixSeconds)
        .put(signature)
        .array();
  }

  static boolean isWellFormed(byte[] timestamped) {
    return timestamped.length == TIMESTAMP_BYTES + SignatureType.ML_DSA_44.signatureBytes()
        && timestamp(timestamped) >= 0;
  }

  static long timestamp(byte[] timestamped) {
    return ByteBuffer.wrap(timestamped).getLong();
  }

  static byte[] signature(byte[] timestamped) {
    byte[] signature = new byte[timestamped.length - TIMESTAMP_BYTES];
    System.arraycopy(timestamped, TIMESTAMP_BYTES, signature, 0, signature.length);
    return signature;
  }
}
