package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tpm.SigningScheme.Kind;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A key that marshals and signs as a TPM does, whatever a test wants. */
public final class TestTpm {
  static final int ATTESTATION_KEY = 0x0005_0072;

  private final KeyPair pair;
  private final SigningScheme scheme;
  private final int salt;
  int attributes = ATTESTATION_KEY;
  int nameAlgorithm = 0x000b;
  int symmetric = 0x0010;

  private TestTpm(KeyPair pair, SigningScheme scheme, int salt) {
    this.pair = pair;
    this.scheme = scheme;
    this.salt = salt;
  }

  public static TestTpm rsa(HashAlgorithm hash) {
    return new TestTpm(rsaPair(2048), new SigningScheme(Kind.RSASSA, hash), 0);
  }

  static TestTpm rsapss(int salt) {
    return new TestTpm(rsaPair(2048), new SigningScheme(Kind.RSAPSS, HashAlgorithm.SHA256), salt);
  }

  static TestTpm rsaOfBits(int bits) {
    return new TestTpm(rsaPair(bits), new SigningScheme(Kind.RSASSA, HashAlgorithm.SHA256), 0);
  }

  public static TestTpm ecc(HashAlgorithm hash) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(
          new ECGenParameterSpec(hash == HashAlgorithm.SHA256 ? "secp256r1" : "secp384r1"));
      return new TestTpm(generator.generateKeyPair(), new SigningScheme(Kind.ECDSA, hash), 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair rsaPair(int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public KeyPair pair() {
    return pair;
  }

  SigningScheme scheme() {
    return scheme;
  }

  /** TPM2B_PUBLIC. */
  Bytes publicArea() {
    Marshal area = new Marshal();
    boolean rsa = pair.getPublic() instanceof RSAPublicKey;
    area.u16(rsa ? 0x0001 : 0x0023).u16(nameAlgorithm).u32(attributes).sized(new byte[0]);
    area.u16(symmetric).u16(scheme.kind().id()).u16(scheme.hash().id());
    if (pair.getPublic() instanceof RSAPublicKey key) {
      area.u16(key.getModulus().bitLength()).u32(0);
      area.sized(fixed(key.getModulus(), key.getModulus().bitLength() / 8));
    } else if (pair.getPublic() instanceof ECPublicKey key) {
      int size = scheme.hash().size();
      area.u16(size == 32 ? 0x0003 : 0x0004).u16(0x0010);
      area.sized(fixed(key.getW().getAffineX(), size)).sized(fixed(key.getW().getAffineY(), size));
    }
    return Bytes.of(new Marshal().sized(area.bytes()).bytes());
  }

  TpmName name() {
    return PublicArea.parse(publicArea()).name();
  }

  /** TPMS_ATTEST over these PCRs. */
  Bytes message(Bytes extraData, PcrValues pcrs) {
    Marshal message = new Marshal();
    message.u32(0xff544347).u16(0x8018);
    message.sized(name().value().array()).sized(extraData.array());
    message.u64(123_456).u32(7).u32(2).u8(1).u64(0x2019_1023_0016_3636L);
    message.u32(pcrs.banks().size());
    MessageDigest digest = scheme.hash().start();
    pcrs.banks()
        .forEach((bank, values) -> {
          byte[] bits = new byte[3];
          values.forEach((pcr, value) -> {
            bits[pcr / 8] |= (byte) (1 << (pcr % 8));
            digest.update(value.array());
          });
          message.u16(bank.id()).u8(3).raw(bits);
        });
    message.sized(digest.digest());
    return Bytes.of(message.bytes());
  }

  /** TPMT_SIGNATURE. */
  Bytes sign(Bytes message) {
    try {
      Signature signing =
          switch (scheme.kind()) {
            case RSASSA -> Signature.getInstance(scheme.hash().name() + "withRSA");
            case RSAPSS -> pss();
            case ECDSA -> Signature.getInstance(scheme.hash().name() + "withECDSAinP1363Format");
          };
      signing.initSign(pair.getPrivate());
      signing.update(message.array());
      byte[] value = signing.sign();
      Marshal signature = new Marshal().u16(scheme.kind().id()).u16(scheme.hash().id());
      if (scheme.kind() == Kind.ECDSA) {
        int half = value.length / 2;
        signature.sized(Arrays.copyOf(value, half));
        signature.sized(Arrays.copyOfRange(value, half, value.length));
      } else {
        signature.sized(value);
      }
      return Bytes.of(signature.bytes());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Signature pss() throws GeneralSecurityException {
    String digest = scheme.hash().javaName();
    Signature signature = Signature.getInstance("RSASSA-PSS");
    signature.setParameter(
        new PSSParameterSpec(digest, "MGF1", new MGF1ParameterSpec(digest), salt, 1));
    return signature;
  }

  TpmEvidence quote(Bytes extraData, PcrValues pcrs, @Nullable Bytes eventLog) {
    Bytes message = message(extraData, pcrs);
    return new TpmEvidence(publicArea(), new QuoteEvidence(message, sign(message), pcrs, eventLog));
  }

  public QuoteEvidence quoted(Bytes extraData, PcrValues pcrs) {
    return quote(extraData, pcrs, null).quote();
  }

  /** PCRs 0 to 7 of these banks, each of another value. */
  public static PcrValues pcrs(HashAlgorithm... banks) {
    SortedMap<HashAlgorithm, SortedMap<Integer, Bytes>> all = new TreeMap<>();
    for (HashAlgorithm bank : banks) {
      SortedMap<Integer, Bytes> values = new TreeMap<>();
      for (int pcr = 0; pcr < 8; pcr++) {
        values.put(pcr, bank.digest(new byte[] {(byte) pcr}));
      }
      all.put(bank, values);
    }
    return new PcrValues(all);
  }

  static byte[] fixed(BigInteger number, int size) {
    byte[] bytes = number.toByteArray();
    byte[] fixed = new byte[size];
    int count = Math.min(size, bytes.length);
    System.arraycopy(bytes, bytes.length - count, fixed, size - count, count);
    return fixed;
  }

  /** Big endian, as a TPM marshals. */
  static final class Marshal {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Marshal u8(int value) {
      out.write(value);
      return this;
    }

    Marshal u16(int value) {
      return raw(ByteBuffer.allocate(2).putShort((short) value).array());
    }

    Marshal u32(int value) {
      return raw(ByteBuffer.allocate(4).putInt(value).array());
    }

    Marshal u64(long value) {
      return raw(ByteBuffer.allocate(8).putLong(value).array());
    }

    Marshal raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Marshal sized(byte[] bytes) {
      return u16(bytes.length).raw(bytes);
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
