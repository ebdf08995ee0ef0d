package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.TestToken;
import dev.strongroom.testkit.kms.Tools;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the token wrapped under a KEK of known value, others open: form, IV, context, tag. */
class IndependentOpeningTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final WrapContext CONTEXT =
      new WrapContext(
          ModelVersion.parse("acme/chat:3"),
          DataKeyId.random(RANDOM),
          Sha256Digest.of(new byte[] {1}));

  private static final String PYTHON =
      """
      import sys
      from cryptography.hazmat.primitives.ciphers.aead import AESGCM
      kek, wrapped, context = (bytes.fromhex(a) for a in sys.argv[1:])
      assert wrapped[0] == 1
      print(AESGCM(kek).decrypt(wrapped[1:13], wrapped[13:], context).hex())
      """;

  private final byte[] kek = new byte[32];
  private WrappedKey wrapped;
  private SecretBytes dataKey;

  @BeforeEach
  void wrap(@TempDir Path folder) throws Exception {
    TokenStage.require(SoftHsm.missing());
    TestToken token = SoftHsm.create(folder, "strongroom");
    // Printable: softhsm2-util cuts a file at some bytes.
    for (int i = 0; i < kek.length; i++) {
      kek[i] = (byte) ('A' + i);
    }
    Path file = Files.write(folder.resolve("kek.bin"), kek);
    Tools.run(
        token.environment(),
        List.of(
            "softhsm2-util",
            "--import",
            file.toString(),
            "--aes",
            "--token",
            token.label(),
            "--pin",
            SoftHsm.PIN,
            "--label",
            "known",
            "--id",
            "01"));
    dataKey = SecretBytes.random(32, RANDOM);
    try (Pkcs11KeyWrapper wrapper = new TokenStage(token).open("known")) {
      wrapped = wrapper.wrap(dataKey, CONTEXT);
    }
  }

  @Test
  void theJdksOwnProviderOpensIt() throws Exception {
    byte[] bytes = wrapped.ciphertext().bytes();
    assertEquals(1, bytes[0]);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
    cipher.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(kek, "AES"),
        new GCMParameterSpec(128, bytes, 1, 12));
    cipher.updateAAD(CONTEXT.bytes());
    assertTrue(dataKey.sameAs(cipher.doFinal(bytes, 13, bytes.length - 13)));
  }

  @Test
  void pythonOpensIt() {
    TokenStage.require(pythonMissing());
    HexFormat hex = HexFormat.of();
    String opened =
        Tools.run(
            Map.of(),
            List.of(
                "python3",
                "-c",
                PYTHON,
                hex.formatHex(kek),
                hex.formatHex(wrapped.ciphertext().bytes()),
                hex.formatHex(CONTEXT.bytes())));
    assertTrue(dataKey.sameAs(hex.parseHex(opened.strip())));
  }

  private static Optional<String> pythonMissing() {
    try {
      Tools.run(Map.of(), List.of("python3", "-c", "import cryptography"));
      return Optional.empty();
    } catch (IllegalStateException | UncheckedIOException e) {
      return Optional.of(
          "Python's cryptography is not installed. On Debian: apt-get install python3-cryptography");
    }
  }
}
