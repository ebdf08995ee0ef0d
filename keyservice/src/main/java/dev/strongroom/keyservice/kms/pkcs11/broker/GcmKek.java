package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM on the token. Wrapped: form (1), IV (12), ciphertext (32), tag (16). The context is
 * the additional data. The IV is random and ours: SunPKCS11's own would have 16 bytes, and the
 * counter of a token starts again after a restore. One key makes at most 2^32 of them (NIST SP
 * 800-38D section 8.3), which a KEK version never comes near.
 */
record GcmKek(
    SecretKey key, String label, Provider provider, GcmSessions sessions, SecureRandom random)
    implements Kek {
  private static final byte FORM = 1;
  private static final int IV_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int WRAPPED_BYTES = 1 + IV_BYTES + 32 + TAG_BITS / 8;

  @Override
  public byte[] wrap(byte[] dataKey, byte[] context) throws GeneralSecurityException {
    byte[] iv = new byte[IV_BYTES];
    random.nextBytes(iv);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", provider);
    cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, iv));
    cipher.updateAAD(context);
    byte[] sealed = cipher.doFinal(dataKey);
    return ByteBuffer.allocate(1 + IV_BYTES + sealed.length).put(FORM).put(iv).put(sealed).array();
  }

  @Override
  public byte[] unwrap(byte[] wrapped, byte[] context) throws GeneralSecurityException {
    byte[] opened = sessions.open(label, wrapped, 1, context);
    if (opened != null) {
      return opened;
    }
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", provider);
    cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, wrapped, 1, IV_BYTES));
    cipher.updateAAD(context);
    byte[] dataKey = cipher.doFinal(wrapped, 1 + IV_BYTES, wrapped.length - 1 - IV_BYTES);
    sessions.wasWrong();
    return dataKey;
  }

  @Override
  public boolean hasForm(byte[] wrapped) {
    return wrapped.length == WRAPPED_BYTES && wrapped[0] == FORM;
  }
}
