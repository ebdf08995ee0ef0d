package dev.strongroom.core.weights;

import dev.strongroom.core.secret.SecretBytes;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Objects;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** AES-256-GCM over one segment, with the nonce that Tink's streaming format gives it. */
final class SegmentCipher implements AutoCloseable {
  private static final int NONCE_BYTES = 12;
  private static final String AES = "AES";

  private final int mode;
  private final Cipher cipher;
  private final LentKey key;
  private final SegmentLayout layout;
  private final byte[] noncePrefix;
  private boolean closed;

  SegmentCipher(int mode, SecretBytes fileKey, StreamHeader header, SegmentLayout layout) {
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no AES-GCM in this Java runtime", e);
    }
    this.mode = mode;
    this.key = new LentKey(fileKey, AES);
    this.layout = layout;
    this.noncePrefix = header.noncePrefix();
  }

  /** Runs the cipher over one segment; the two ranges have been checked by the caller. */
  int run(int segment, byte[] in, int inOffset, int length, byte[] out, int outOffset)
      throws AEADBadTagException {
    if (closed) {
      throw new IllegalStateException("the cipher of this file has been closed");
    }
    try {
      cipher.init(mode, key, new GCMParameterSpec(8 * SegmentLayout.TAG_SIZE, nonce(segment)));
      return cipher.doFinal(in, inOffset, length, out, outOffset);
    } catch (AEADBadTagException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM failed in its provider", e);
    } finally {
      key.forgetWiped();
    }
  }

  /** Refuses ranges outside their arrays, and in-place work, which loses the input on failure. */
  @SuppressWarnings("ReferenceEquality") // whether it is the same array, not an equal one
  static void checkRanges(
      byte[] in, int inOffset, int inLength, byte[] out, int outOffset, int outLength) {
    Objects.checkFromIndexSize(inOffset, inLength, in.length);
    Objects.checkFromIndexSize(outOffset, outLength, out.length);
    boolean apart = inOffset + inLength <= outOffset || outOffset + outLength <= inOffset;
    if (in == out && !apart) {
      throw new IllegalArgumentException("input and output overlap; give separate arrays");
    }
  }

  // Prefix, segment number, 1 for the last segment and 0 otherwise.
  private byte[] nonce(int segment) {
    return ByteBuffer.allocate(NONCE_BYTES)
        .put(noncePrefix)
        .putInt(segment)
        .put((byte) (layout.isLast(segment) ? 1 : 0))
        .array();
  }

  // A cipher keeps its key and the expanded form of it; another key makes the provider replace
  // both.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(new byte[Hkdf.BYTES], AES),
          new GCMParameterSpec(8 * SegmentLayout.TAG_SIZE, new byte[NONCE_BYTES]));
      cipher.doFinal(new byte[SegmentLayout.TAG_SIZE]);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM failed in its provider", e);
    } finally {
      key.wipeLent();
    }
  }
}
