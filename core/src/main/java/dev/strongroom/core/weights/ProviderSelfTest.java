package dev.strongroom.core.weights;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Asks a provider for known answers before it is trusted with keys. */
final class ProviderSelfTest {
  // McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test case 16.
  private static final String GCM_KEY =
      "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
  private static final String GCM_NONCE = "cafebabefacedbaddecaf888";
  private static final String GCM_PLAINTEXT =
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
  private static final String GCM_AAD = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
  private static final String GCM_SEALED =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          + "76fc6ece0f4e1768cddf8853bb2d551b";

  // RFC 4231, test case 2.
  private static final String HMAC_KEY = "4a656665";
  private static final String HMAC_DATA =
      "7768617420646f2079612077616e7420666f72206e6f7468696e673f";
  private static final String HMAC_RESULT =
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

  private ProviderSelfTest() {}

  /**
   * Runs the tests.
   *
   * @throws GeneralSecurityException when an answer is wrong or an algorithm is missing
   */
  static void run(Provider provider) throws GeneralSecurityException {
    sealsAsPublished(provider);
    refusesAChangedTag(provider);
    authenticatesAsPublished(provider);
    signsAndVerifies(provider, "Ed25519", KeyPairGenerator.getInstance("Ed25519"));
    KeyPairGenerator p256 = KeyPairGenerator.getInstance("EC");
    p256.initialize(new ECGenParameterSpec("secp256r1"));
    signsAndVerifies(provider, "SHA256withECDSA", p256);
  }

  private static void sealsAsPublished(Provider provider) throws GeneralSecurityException {
    byte[] sealed = gcm(provider, Cipher.ENCRYPT_MODE).doFinal(hex(GCM_PLAINTEXT));
    expect(Arrays.equals(sealed, hex(GCM_SEALED)), "AES-GCM encryption");
    byte[] opened = gcm(provider, Cipher.DECRYPT_MODE).doFinal(hex(GCM_SEALED));
    expect(Arrays.equals(opened, hex(GCM_PLAINTEXT)), "AES-GCM decryption");
  }

  private static void refusesAChangedTag(Provider provider) throws GeneralSecurityException {
    byte[] changed = hex(GCM_SEALED);
    changed[changed.length - 1] ^= 1;
    boolean refused = false;
    try {
      gcm(provider, Cipher.DECRYPT_MODE).doFinal(changed);
    } catch (AEADBadTagException e) {
      refused = true;
    }
    expect(refused, "AES-GCM refusal of a changed tag");
  }

  private static Cipher gcm(Provider provider, int mode) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", provider);
    cipher.init(
        mode, new SecretKeySpec(hex(GCM_KEY), "AES"), new GCMParameterSpec(128, hex(GCM_NONCE)));
    cipher.updateAAD(hex(GCM_AAD));
    return cipher;
  }

  private static void authenticatesAsPublished(Provider provider) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256", provider);
    mac.init(new SecretKeySpec(hex(HMAC_KEY), "HmacSHA256"));
    expect(Arrays.equals(mac.doFinal(hex(HMAC_DATA)), hex(HMAC_RESULT)), "HMAC-SHA256");
  }

  private static void signsAndVerifies(
      Provider provider, String algorithm, KeyPairGenerator generator)
      throws GeneralSecurityException {
    KeyPair pair = generator.generateKeyPair();
    Signature signer = Signature.getInstance(algorithm, provider);
    signer.initSign(pair.getPrivate());
    signer.update(hex(HMAC_DATA));
    byte[] signature = signer.sign();
    expect(verifies(provider, algorithm, pair, HMAC_DATA, signature), algorithm);
    expect(!verifies(provider, algorithm, pair, GCM_AAD, signature), algorithm + " refusal");
  }

  private static boolean verifies(
      Provider provider, String algorithm, KeyPair pair, String data, byte[] signature)
      throws GeneralSecurityException {
    Signature verifier = Signature.getInstance(algorithm, provider);
    verifier.initVerify(pair.getPublic());
    verifier.update(hex(data));
    try {
      return verifier.verify(signature);
    } catch (SignatureException e) {
      return false;
    }
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static void expect(boolean right, String what) throws GeneralSecurityException {
    if (!right) {
      throw new GeneralSecurityException("wrong answer: " + what);
    }
  }
}
