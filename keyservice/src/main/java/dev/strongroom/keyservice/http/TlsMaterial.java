package dev.strongroom.keyservice.http;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The certificate and key of the listeners.
 *
 * @param certificate PEM, the chain with the leaf first
 * @param key PEM, PKCS#8, readable for its owner alone
 */
public record TlsMaterial(Path certificate, Path key) {

  /**
   * Files that exist.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when one is missing, {@link
   *     ProblemCode#KEY_FILE_INSECURE} when others may read the key
   */
  public static TlsMaterial of(Path certificate, Path key) {
    if (!Files.isReadable(certificate) || !Files.isReadable(key)) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "listen.tls: the files " + certificate + " and " + key + " must exist and be readable");
    }
    try {
      OwnerOnlyFile.requireSecure(key);
    } catch (IOException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, key + " cannot be read", e);
    }
    return new TlsMaterial(certificate, key);
  }

  /**
   * A self-signed pair below this folder, made when it is not there yet. Workloads pin it.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it cannot be written
   */
  public static TlsMaterial selfSigned(Path folder, String host) {
    Path certificate = folder.resolve("server.crt");
    Path key = folder.resolve("server.key");
    if (!Files.exists(certificate) || !Files.exists(key)) {
      try {
        SelfSignedCertificate.write(certificate, key, host);
      } catch (IOException e) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID,
            "a certificate cannot be written below " + folder + "; make the folder writable",
            e);
      }
    }
    return of(certificate, key);
  }

  PemKeyCertOptions options() {
    return new PemKeyCertOptions().setCertPath(certificate.toString()).setKeyPath(key.toString());
  }
}
