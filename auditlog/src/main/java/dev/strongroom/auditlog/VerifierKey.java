package dev.strongroom.auditlog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A public key that verifies checkpoints, in the C2SP text form {@code
 * name+hexKeyId+base64(type||key)} (signed-note, "Verifier keys"). Two are equal when name, type
 * and key are.
 */
public final class VerifierKey {
  private static final int MAX_TEXT_LENGTH = 4096;
  static final int MAX_NAME_BYTES = 255;

  private final String name;
  private final SignatureType type;
  private final byte[] rawKey;
  private final int keyId;
  private final PublicKey publicKey;

  private VerifierKey(String name, SignatureType type, byte[] rawKey) {
    this.name = name;
    this.type = type;
    this.rawKey = rawKey;
    this.keyId = keyId(name, type, rawKey);
    this.publicKey = decode(type, rawKey);
  }

  /**
   * Reads the text form.
   *
   * @throws AuditLogException {@code verifier-key-malformed} for anything but a well-formed key of
   *     a known type whose id fits
   */
  public static VerifierKey parse(String text) {
    if (text.length() > MAX_TEXT_LENGTH) {
      throw malformed("it is longer than " + MAX_TEXT_LENGTH + " characters");
    }
    String[] parts = text.split("\\+", 3);
    if (parts.length != 3) {
      throw malformed("it does not have the form name+id+key");
    }
    byte[] typed = Encodings.base64(parts[2]).orElseThrow(() -> malformed("the key is not base64"));
    VerifierKey key = of(parts[0], typeOf(typed), Arrays.copyOfRange(typed, 1, typed.length));
    if (!key.hexKeyId().equals(parts[1])) {
      throw malformed("the id does not belong to this name and key");
    }
    return key;
  }

  private static SignatureType typeOf(byte[] typed) {
    for (SignatureType type : SignatureType.values()) {
      if (typed.length == 1 + type.publicKeyBytes() && typed[0] == type.identifier()) {
        return type;
      }
    }
    throw malformed("it is neither an Ed25519 (0x01) nor an ML-DSA-44 (0x06) key");
  }

  static VerifierKey of(String name, SignatureType type, byte[] rawKey) {
    if (!Encodings.isKeyName(name)) {
      throw malformed("the name is empty or holds a space, a plus sign or a control character");
    }
    byte[] nameBytes =
        Encodings.utf8(name).orElseThrow(() -> malformed("the name is not Unicode text"));
    if (nameBytes.length > MAX_NAME_BYTES) {
      throw malformed("the name is longer than " + MAX_NAME_BYTES + " bytes");
    }
    return new VerifierKey(name, type, rawKey.clone());
  }

  /**
   * Names a public key.
   *
   * @param name the key's name, for a log its origin
   * @throws AuditLogException {@code verifier-key-malformed} for a bad name or a key of another
   *     algorithm
   */
  public static VerifierKey of(String name, SignatureType type, PublicKey publicKey) {
    byte[] prefix = HexFormat.of().parseHex(type.spkiPrefix());
    byte[] encoded = publicKey.getEncoded();
    if (encoded == null
        || encoded.length != prefix.length + type.publicKeyBytes()
        || !Arrays.equals(encoded, 0, prefix.length, prefix, 0, prefix.length)) {
      throw malformed("the public key is not an " + type.algorithm() + " key");
    }
    return of(name, type, Arrays.copyOfRange(encoded, prefix.length, encoded.length));
  }

  public String name() {
    return name;
  }

  public SignatureType type() {
    return type;
  }

  int keyId() {
    return keyId;
  }

  String hexKeyId() {
    return HexFormat.of().toHexDigits(keyId);
  }

  /** Whether the raw signature fits the message. A signature of a wrong length does not. */
  boolean verifies(byte[] message, byte[] signature) {
    if (signature.length != type.signatureBytes()) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance(type.signatureAlgorithm());
      verifier.initVerify(publicKey);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException("this JDK lacks " + type.algorithm(), absent);
    } catch (GeneralSecurityException refused) {
      return false;
    }
  }

  private static PublicKey decode(SignatureType type, byte[] rawKey) {
    byte[] prefix = HexFormat.of().parseHex(type.spkiPrefix());
    byte[] encoded = Arrays.copyOf(prefix, prefix.length + rawKey.length);
    System.arraycopy(rawKey, 0, encoded, prefix.length, rawKey.length);
    try {
      return KeyFactory.getInstance(type.algorithm())
          .generatePublic(new X509EncodedKeySpec(encoded));
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException("this JDK lacks " + type.algorithm(), absent);
    } catch (GeneralSecurityException refused) {
      throw malformed("the bytes are not an " + type.algorithm() + " public key");
    }
  }

  private static int keyId(String name, SignatureType type, byte[] rawKey) {
    MessageDigest digest = TreeHasher.sha256();
    digest.update(name.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
    digest.update((byte) type.identifier());
    return ByteBuffer.wrap(digest.digest(rawKey)).getInt();
  }

  private static AuditLogException malformed(String why) {
    return new AuditLogException(
        LogCode.VERIFIER_KEY_MALFORMED,
        "this is not a verifier key: " + why + "; copy it again as the log's operator gave it");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerifierKey that
        && name.equals(that.name)
        && type == that.type
        && Arrays.equals(rawKey, that.rawKey);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + keyId;
  }

  /** The text form. */
  @Override
  public String toString() {
    byte[] typed = new byte[1 + rawKey.length];
    typed[0] = (byte) type.identifier();
    System.arraycopy(rawKey, 0, typed, 1, rawKey.length);
    return name + "+" + hexKeyId() + "+" + Base64.getEncoder().encodeToString(typed);
  }
}
