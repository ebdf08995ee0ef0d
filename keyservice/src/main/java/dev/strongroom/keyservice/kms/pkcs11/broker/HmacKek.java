package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Provider;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * For tokens that insist on IVs of their own: HMAC-SHA256 on the token makes a key for one wrapping
 * of a fresh salt and the context, and AES-256-GCM in this process wraps under that.
 *
 * <p>Key = HMAC-SHA256(KEK, "strongroom/v1/derived-kek" || salt (32) || SHA-256(context)). Wrapped:
 * form (2), salt (32), IV (12), ciphertext (32), tag (16); the context is the additional data.
 */
record HmacKek(SecretKey key, Provider provider, SecureRandom random) implements Kek {
  private static final byte FORM = 2;
  private static final int SALT_BYTES = 32;
  private static final int IV_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int HEAD_BYTES = 1 + SALT_BYTES + IV_BYTES;
  private static final int WRAPPED_BYTES = HEAD_BYTES + 32 + TAG_BITS / 8;
  private static final byte[] LABEL =
      "strongroom/v1/derived-kek".getBytes(StandardCharsets.US_ASCII);

  @Override
  public byte[] wrap(byte[] dataKey, byte[] context) throws GeneralSecurityException {
    byte[] head = new byte[HEAD_BYTES];
    random.nextBytes(head);
    head[0] = FORM;
    byte[] sealed = cipher(Cipher.ENCRYPT_MODE, head, context).doFinal(dataKey);
    return ByteBuffer.allocate(HEAD_BYTES + sealed.length).put(head).put(sealed).array();
  }

  @Override
  public byte[] unwrap(byte[] wrapped, byte[] context) throws GeneralSecurityException {
    return cipher(Cipher.DECRYPT_MODE, wrapped, context)
        .doFinal(wrapped, HEAD_BYTES, wrapped.length - HEAD_BYTES);
  }

  @Override
  public boolean hasForm(byte[] wrapped) {
    return wrapped.length == WRAPPED_BYTES && wrapped[0] == FORM;
  }

  private Cipher cipher(int mode, byte[] head, byte[] context) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256", provider);
    mac.init(key);
    mac.update(LABEL);
    mac.update(head, 1, SALT_BYTES);
    byte[] derived = mac.doFinal(MessageDigest.getInstance("SHA-256").digest(context));
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          mode,
          new SecretKeySpec(derived, "AES"),
          new GCMParameterSpec(TAG_BITS, head, 1 + SALT_BYTES, IV_BYTES));
      cipher.updateAAD(context);
      return cipher;
    } finally {
      Arrays.fill(derived, (byte) 0);
    }
  }
}
