package dev.strongroom.keyservice.keys;

import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * The Ed25519 key that signs grants, as a PEM file of two blocks: PKCS#8 private key, then the
 * public key.
 */
public final class GrantKeyFile {
  private GrantKeyFile() {}

  /**
   * Loads the key, or makes it at the very first start.
   *
   * @param file in a folder that exists
   * @param mayCreate whether the store is empty: a key that is missing beside a store that is not
   *     would make every grant of the past unverifiable under the keys that workloads pinned
   * @throws Problem {@link ProblemCode#KEY_FILE_MISSING}, {@link ProblemCode#KEY_FILE_INSECURE}
   */
  public static SigningKey open(Path file, boolean mayCreate) {
    try {
      if (!Files.exists(file)) {
        if (!mayCreate) {
          throw new Problem(
              ProblemCode.KEY_FILE_MISSING,
              "the grant key "
                  + file
                  + " is missing beside a store that is not empty;"
                  + " restore it from its backup, it is never made anew");
        }
        create(file);
      }
      OwnerOnlyFile.requireSecure(file);
      return read(file);
    } catch (IOException | GeneralSecurityException e) {
      throw new Problem(
          ProblemCode.KEY_FILE_MISSING,
          "the grant key " + file + " cannot be read or written; check the file and its folder",
          e);
    }
  }

  private static void create(Path file) throws IOException, GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    StringWriter text = new StringWriter();
    try (PemWriter pem = new PemWriter(text)) {
      pem.writeObject(new PemObject("PRIVATE KEY", pair.getPrivate().getEncoded()));
      pem.writeObject(new PemObject("PUBLIC KEY", pair.getPublic().getEncoded()));
    }
    OwnerOnlyFile.create(file, text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  private static SigningKey read(Path file) throws IOException, GeneralSecurityException {
    try (PemReader pem =
        new PemReader(new StringReader(Files.readString(file, StandardCharsets.US_ASCII)))) {
      byte[] secret = block(pem, "PRIVATE KEY", file);
      byte[] open = block(pem, "PUBLIC KEY", file);
      try {
        KeyFactory keys = KeyFactory.getInstance("Ed25519");
        SigningKey key =
            new SigningKey(
                new KeyPair(
                    keys.generatePublic(new X509EncodedKeySpec(open)),
                    keys.generatePrivate(new PKCS8EncodedKeySpec(secret))));
        return checked(key, file);
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
    }
  }

  // A signature shows that the two halves belong together before anything is signed for others.
  private static SigningKey checked(SigningKey key, Path file) {
    String type = "strongroom-key-check";
    String probe = key.sign(type, new byte[] {1});
    try {
      dev.strongroom.core.jose.UnverifiedJws.parse(
              probe, type, probe.length(), ProblemCode.KEY_FILE_MISSING)
          .verify(key.publicKey(), ProblemCode.KEY_FILE_MISSING);
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.KEY_FILE_MISSING,
          "the two halves of the grant key " + file + " do not belong together; restore it",
          e);
    }
    return key;
  }

  private static byte[] block(PemReader pem, String type, Path file) throws IOException {
    PemObject block = pem.readPemObject();
    if (block == null || !block.getType().equals(type)) {
      throw new Problem(
          ProblemCode.KEY_FILE_MISSING,
          "the grant key " + file + " does not hold a " + type + " where one belongs; restore it");
    }
    return block.getContent();
  }
}
