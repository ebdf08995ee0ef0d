package dev.strongroom.keyservice.config;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** The certificate of the service and its key, in PEM files (RFC 7468). */
public final class PemFile {
  private static final int MAX_BYTES = 256 * 1024;

  private PemFile() {}

  /**
   * A certificate chain, leaf first.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID}
   */
  public static List<X509Certificate> certificates(Path file) {
    try {
      List<X509Certificate> chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(read(file)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!chain.isEmpty()) {
        return chain;
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, file + " is not a PEM certificate chain", e);
    }
    throw new Problem(ProblemCode.CONFIGURATION_INVALID, file + " holds no certificate");
  }

  /**
   * A private key in PKCS#8, from a file that only its owner may read.
   *
   * @param algorithm of the key: {@code EC}, {@code RSA} or {@code EdDSA}
   * @throws Problem {@link ProblemCode#KEY_FILE_INSECURE}, {@link ProblemCode#KEY_FILE_MISSING},
   *     {@link ProblemCode#CONFIGURATION_INVALID}
   */
  public static PrivateKey privateKey(Path file, String algorithm) {
    byte[] pem = OwnerOnlyFile.read(file, MAX_BYTES);
    byte[] der = new byte[0];
    try {
      der = der(pem, "PRIVATE KEY");
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (IOException | GeneralSecurityException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          file + " is not one unencrypted PEM 'PRIVATE KEY' (PKCS#8) of type " + algorithm);
    } finally {
      Arrays.fill(pem, (byte) 0);
      Arrays.fill(der, (byte) 0);
    }
  }

  private static byte[] read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException("larger than " + MAX_BYTES + " bytes");
      }
      return bytes;
    }
  }

  private static byte[] der(byte[] pem, String label) throws IOException {
    String text = new String(pem, StandardCharsets.US_ASCII);
    String begin = "-----BEGIN " + label + "-----";
    String end = "-----END " + label + "-----";
    int from = text.indexOf(begin);
    int to = text.indexOf(end);
    if (from < 0 || to < from || text.indexOf("-----BEGIN", from + 1) >= 0) {
      throw new IOException("not one '" + label + "'");
    }
    try {
      return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    } catch (IllegalArgumentException e) {
      throw new IOException("not base64", e);
    }
  }
}
