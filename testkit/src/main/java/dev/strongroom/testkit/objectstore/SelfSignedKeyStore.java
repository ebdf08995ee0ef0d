package dev.strongroom.testkit.objectstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A P-256 key with a self-signed certificate for {@code localhost} and {@code 127.0.0.1}, made with
 * the JDK's {@code keytool}.
 *
 * @param keyStore a PKCS#12 file
 * @param password of the file and the key
 * @param certificate the certificate in PEM, for those who should trust it
 */
public record SelfSignedKeyStore(Path keyStore, String password, Path certificate) {

  /** Makes the files {@code tls.p12} and {@code tls.pem} in this folder; keeps what is there. */
  public static SelfSignedKeyStore in(Path folder) {
    SelfSignedKeyStore files =
        new SelfSignedKeyStore(folder.resolve("tls.p12"), "test-only", folder.resolve("tls.pem"));
    if (!Files.exists(files.certificate)) {
      files.create();
    }
    return files;
  }

  private void create() {
    keytool(
        "-genkeypair",
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-validity",
        "30",
        "-dname",
        "CN=localhost",
        "-ext",
        "san=dns:localhost,ip:127.0.0.1",
        "-ext",
        "bc=ca:true");
    keytool("-exportcert", "-rfc", "-file", certificate.toString());
  }

  private void keytool(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of(
            "-alias",
            "tls",
            "-storetype",
            "PKCS12",
            "-keystore",
            keyStore.toString(),
            "-storepass",
            password));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("keytool failed: " + output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("keytool does not start", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while keytool ran", e);
    }
  }
}
