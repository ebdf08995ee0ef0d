package dev.strongroom.core.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublisherKeyTest {
  // The key of RFC 8032, section 7.1, test 1, as openssl pkcs8 writes it.
  private static final String OPENSSL_ED25519 =
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
      -----END PRIVATE KEY-----
      """;
  // RFC 8032, section 7.1, test 1.
  private static final String RFC8032_PUBLIC =
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

  @TempDir Path directory;

  private Path file(String text, String permissions) throws IOException {
    Path file = directory.resolve("key.pem");
    Files.writeString(file, text, StandardCharsets.US_ASCII);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private static ProblemCode refusal(Path file) {
    return assertThrows(Problem.class, () -> PublisherKey.read(file)).code();
  }

  @ParameterizedTest
  @EnumSource(SignatureAlgorithm.class)
  void writesAndReads(SignatureAlgorithm algorithm) throws IOException {
    PublisherKey key = PublisherKey.generate(algorithm);
    Path file = directory.resolve("publisher.pem");
    key.write(file);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    PublisherKey read = PublisherKey.read(file);
    assertEquals(key.publicKey(), read.publicKey());
    assertEquals(key.publicKey(), PublisherKey.readPublic(PublisherKey.publicFile(file)));
    byte[] envelope = new ManifestSigner(read).sign(SampleManifest.of("a")).toJson();
    assertEquals(
        List.of(key.keyId()),
        new ManifestVerifier(List.of(key.publicKey())).verify(envelope).signers());
  }

  @Test
  void neverOverwrites() {
    PublisherKey key = PublisherKey.generate(SignatureAlgorithm.EDDSA);
    Path file = directory.resolve("publisher.pem");
    key.write(file);
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> key.write(file)).code());
  }

  @Test
  void readsTheFilesOfOpenssl() throws IOException {
    PublisherKey key = PublisherKey.read(file(OPENSSL_ED25519, "r--------"));
    String hex = java.util.HexFormat.of().formatHex(key.publicKey().getEncoded());
    assertTrue(hex.endsWith(RFC8032_PUBLIC), hex);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rwxr-xr-x"})
  void refusesAFileThatOthersMayRead(String permissions) throws IOException {
    assertEquals(ProblemCode.KEY_FILE_INSECURE, refusal(file(OPENSSL_ED25519, permissions)));
  }

  @Test
  void refusesAMissingFile() {
    assertEquals(ProblemCode.KEY_FILE_MISSING, refusal(directory.resolve("none")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hello",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
        "x" + OPENSSL_ED25519,
        OPENSSL_ED25519 + OPENSSL_ED25519
      })
  void refusesWhatIsNoKey(String text) throws IOException {
    assertEquals(ProblemCode.CONFIGURATION_INVALID, refusal(file(text, "rw-------")));
  }

  @Test
  void refusesOtherKindsOfKeys() throws Exception {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    String pem =
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder()
                .encodeToString(rsa.generateKeyPair().getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n";
    assertEquals(ProblemCode.UNSUPPORTED_ALGORITHM, refusal(file(pem, "rw-------")));
    KeyPairGenerator p384 = KeyPairGenerator.getInstance("EC");
    p384.initialize(384);
    String pem384 =
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder()
                .encodeToString(p384.generateKeyPair().getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n";
    assertEquals(ProblemCode.UNSUPPORTED_ALGORITHM, refusal(file(pem384, "rw-------")));
  }
}
