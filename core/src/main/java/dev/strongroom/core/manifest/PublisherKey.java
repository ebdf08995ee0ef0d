package dev.strongroom.core.manifest;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;

/**
 * The key pair of a publisher, Ed25519 or P-256, kept as a PEM file of PKCS#8 (RFC 7468, section
 * 10) that only its owner may read. OpenSSL makes and reads the same files.
 */
public final class PublisherKey {
  private final PrivateKey privateKey;
  private final PublicKey publicKey;

  private PublisherKey(PrivateKey privateKey, PublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /** A new key pair. */
  public static PublisherKey generate(SignatureAlgorithm algorithm) {
    try {
      KeyPair pair =
          switch (algorithm) {
            case EDDSA -> KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            case ES256 -> {
              KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
              generator.initialize(new ECGenParameterSpec("secp256r1"));
              yield generator.generateKeyPair();
            }
          };
      return new PublisherKey(pair.getPrivate(), pair.getPublic());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java 25 runtime has Ed25519 and P-256", e);
    }
  }

  /**
   * Reads a private key file.
   *
   * @throws Problem {@link ProblemCode#KEY_FILE_MISSING}, {@link ProblemCode#KEY_FILE_INSECURE}
   *     when others than the owner may read or write it, {@link ProblemCode#CONFIGURATION_INVALID}
   *     when it holds no PKCS#8 key, {@link ProblemCode#UNSUPPORTED_ALGORITHM} for another kind of
   *     key
   */
  public static PublisherKey read(Path file) {
    byte[] pkcs8 = PemFile.readPrivate(file, "PRIVATE KEY");
    try {
      return ofPkcs8(pkcs8);
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  /**
   * Writes the private key to a new file with mode 0600, and the public key beside it with the
   * ending {@code .pub}. Neither file may exist.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when a file exists or cannot be
   *     written
   */
  public void write(Path file) {
    byte[] pkcs8 = privateKey.getEncoded();
    try {
      PemFile.writePrivate(file, "PRIVATE KEY", pkcs8);
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
    PemFile.writePublic(publicFile(file), "PUBLIC KEY", publicKey.getEncoded());
  }

  /** The file beside a private key file that holds the public key. */
  public static Path publicFile(Path privateFile) {
    return privateFile.resolveSibling(privateFile.getFileName() + ".pub");
  }

  /**
   * Reads a public key file: PEM of a SubjectPublicKeyInfo (RFC 7468, section 13).
   *
   * @throws Problem {@link ProblemCode#KEY_FILE_MISSING}, {@link
   *     ProblemCode#CONFIGURATION_INVALID}, {@link ProblemCode#UNSUPPORTED_ALGORITHM}
   */
  public static PublicKey readPublic(Path file) {
    return PublicKeys.ofSpki(readPublicDer(file));
  }

  /**
   * Reads the DER bytes of any public key file: PEM of a SubjectPublicKeyInfo. Text before the
   * block is passed over.
   *
   * @throws Problem {@link ProblemCode#KEY_FILE_MISSING}, {@link ProblemCode#CONFIGURATION_INVALID}
   */
  public static byte[] readPublicDer(Path file) {
    return PemFile.readPublic(file, "PUBLIC KEY");
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  /** SHA-256 over the SPKI, as it stands in envelopes and trust bundles. */
  public Sha256Digest keyId() {
    return PublicKeys.keyId(publicKey);
  }

  /** A signature over these bytes: 64 bytes. */
  byte[] sign(byte[] message) {
    return ManifestSignature.sign(privateKey, publicKey, message);
  }

  private static PublisherKey ofPkcs8(byte[] pkcs8) {
    try {
      AsymmetricKeyParameter parsed = PrivateKeyFactory.createKey(pkcs8);
      PublicKey publicKey =
          PublicKeys.ofSpki(
              SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicPart(parsed))
                  .getEncoded());
      String algorithm =
          switch (SignatureAlgorithm.of(publicKey)) {
            case EDDSA -> "Ed25519";
            case ES256 -> "EC";
          };
      PrivateKey privateKey =
          KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      return new PublisherKey(privateKey, publicKey);
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "the key file holds no usable PKCS#8 private key", e);
    }
  }

  // PKCS#8 of Ed25519 has no public part, and that of P-256 need not have one.
  private static AsymmetricKeyParameter publicPart(AsymmetricKeyParameter key) {
    if (key instanceof Ed25519PrivateKeyParameters ed25519) {
      return ed25519.generatePublicKey();
    }
    if (key instanceof ECPrivateKeyParameters ec) {
      return new ECPublicKeyParameters(
          ec.getParameters().getG().multiply(ec.getD()).normalize(), ec.getParameters());
    }
    throw new Problem(
        ProblemCode.UNSUPPORTED_ALGORITHM, "a publisher's key is Ed25519 or P-256; make a new one");
  }
}
