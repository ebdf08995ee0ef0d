package dev.strongroom.attestation.tpm.enrol;

import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.TpmName;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * TPM2_MakeCredential without a TPM: Part 1 section 24 (credential protection), annex B.10.4 (RSA:
 * OAEP of the seed) and annex C.6.1 (ECC: one-pass ECDH).
 */
public final class CredentialMaker {
  private static final String IDENTITY = "IDENTITY";
  private static final byte[] NONE = {};
  private static final int AES_BLOCK = 16;

  private final SecureRandom random;

  public CredentialMaker(SecureRandom random) {
    this.random = random;
  }

  /**
   * Closes a secret so that only the TPM of this endorsement key opens it, while it holds the
   * object of this name.
   *
   * @param secret 1 byte to as many as a digest of the endorsement key's nameAlg has
   * @throws IllegalArgumentException for a secret of another length
   * @throws AttestationException {@code algorithm-unknown} when the key is none of the templates
   */
  public Credential make(PublicKey endorsementKey, TpmName name, byte[] secret) {
    EkProfile profile = EkProfile.of(endorsementKey);
    if (secret.length < 1 || secret.length > profile.nameAlgorithm().size()) {
      throw new IllegalArgumentException(
          "a secret has 1 to " + profile.nameAlgorithm().size() + " bytes, not " + secret.length);
    }
    try {
      Seed seed = seed(endorsementKey, profile);
      Bytes idObject = seal(profile, seed.value, name.value().array(), secret);
      Arrays.fill(seed.value, (byte) 0);
      return new Credential(idObject, Bytes.of(sized(seed.encrypted)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java platform lacks what a credential needs", e);
    }
  }

  private static final class Seed {
    private final byte[] value;
    private final byte[] encrypted;

    Seed(byte[] value, byte[] encrypted) {
      this.value = value;
      this.encrypted = encrypted;
    }
  }

  private Seed seed(PublicKey key, EkProfile profile) throws GeneralSecurityException {
    return switch (profile) {
      case RSA_2048 -> rsa(key, profile.nameAlgorithm());
      case ECC_P256, ECC_P384 -> ecc((ECPublicKey) key, profile);
    };
  }

  private Seed rsa(PublicKey key, HashAlgorithm hash) throws GeneralSecurityException {
    byte[] seed = new byte[hash.size()];
    random.nextBytes(seed);
    Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding");
    oaep.init(
        Cipher.ENCRYPT_MODE,
        key,
        new OAEPParameterSpec(
            hash.javaName(),
            "MGF1",
            new MGF1ParameterSpec(hash.javaName()),
            new PSource.PSpecified(KeyDerivation.terminated(IDENTITY))),
        random);
    return new Seed(seed, oaep.doFinal(seed));
  }

  private Seed ecc(ECPublicKey key, EkProfile profile) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(key.getParams(), random);
    KeyPair ephemeral = generator.generateKeyPair();
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(ephemeral.getPrivate());
    agreement.doPhase(key, true);
    byte[] z = agreement.generateSecret();
    ECPublicKey mine = (ECPublicKey) ephemeral.getPublic();
    int size = profile.coordinateSize();
    byte[] x = fixed(mine.getW().getAffineX(), size);
    byte[] y = fixed(mine.getW().getAffineY(), size);
    byte[] seed =
        KeyDerivation.kdfe(
            profile.nameAlgorithm(),
            z,
            IDENTITY,
            x,
            fixed(key.getW().getAffineX(), size),
            8 * profile.nameAlgorithm().size());
    Arrays.fill(z, (byte) 0);
    return new Seed(seed, join(sized(x), sized(y)));
  }

  /** TPM2B_ID_OBJECT: the integrity of the encrypted secret and the name, then that secret. */
  private static Bytes seal(EkProfile profile, byte[] seed, byte[] name, byte[] secret)
      throws GeneralSecurityException {
    HashAlgorithm hash = profile.nameAlgorithm();
    byte[] storage = KeyDerivation.kdfa(hash, seed, "STORAGE", name, NONE, profile.aesBits());
    byte[] integrity = KeyDerivation.kdfa(hash, seed, "INTEGRITY", NONE, NONE, 8 * hash.size());
    Cipher cfb = Cipher.getInstance("AES/CFB/NoPadding");
    cfb.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(storage, "AES"),
        new IvParameterSpec(new byte[AES_BLOCK])); // the key is used once
    byte[] identity = cfb.doFinal(sized(secret));
    Mac mac = Mac.getInstance(hash.hmacName());
    mac.init(new SecretKeySpec(integrity, hash.hmacName()));
    mac.update(identity);
    byte[] hmac = mac.doFinal(name);
    Arrays.fill(storage, (byte) 0);
    Arrays.fill(integrity, (byte) 0);
    return Bytes.of(sized(join(sized(hmac), identity)));
  }

  /** TPM2B: two bytes of size first. */
  private static byte[] sized(byte[] content) {
    return ByteBuffer.allocate(2 + content.length)
        .putShort((short) content.length)
        .put(content)
        .array();
  }

  private static byte[] join(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  private static byte[] fixed(BigInteger coordinate, int size) {
    byte[] bytes = coordinate.toByteArray();
    byte[] fixed = new byte[size];
    int count = Math.min(size, bytes.length);
    System.arraycopy(bytes, bytes.length - count, fixed, size - count, count);
    return fixed;
  }
}
