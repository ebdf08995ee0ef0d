package dev.strongroom.keyservice.kms.awskms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.LocalStackServer;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the service wraps is opened by another implementation that knows the document alone. */
@Timeout(180)
class OpenedWithBoto3Test {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final DataKeyId KEY_ID = DataKeyId.random(RANDOM);
  private static final Sha256Digest MANIFEST = Sha256Digest.of(new byte[] {1});

  @TempDir private static Path folder;
  private static TestKms kms;

  @BeforeAll
  static void start() {
    kms = new TestKms(folder.resolve("kms"));
  }

  @AfterAll
  static void stop() {
    if (kms != null) {
      kms.close();
    }
  }

  private record Ran(int exit, String output) {}

  @Test
  void boto3OpensItUnderTheDocumentedContextAndNoOther() throws Exception {
    String keyArn = kms.newKey();
    WrapContext context = new WrapContext(ModelVersion.parse("acme/chat:3"), KEY_ID, MANIFEST);
    try (AwsKmsKeyWrapper wrapper = kms.wrapper(keyArn);
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      String wanted = key.use(bytes -> HexFormat.of().formatHex(bytes));
      WrappedKey wrapped = wrapper.wrap(key, context);
      assertEquals(new Ran(0, wanted), boto3(wrapped, MANIFEST.hex()));
      assertEquals(new Ran(0, wanted), boto3(wrapper.rewrap(wrapped, context), MANIFEST.hex()));
      assertNotEquals(0, boto3(wrapped, "draft").exit());
    }
  }

  private static Ran boto3(WrappedKey wrapped, String manifest) throws Exception {
    Path script = folder.resolve("open_with_boto3.py");
    try (InputStream source =
        Objects.requireNonNull(
            OpenedWithBoto3Test.class.getResourceAsStream("open_with_boto3.py"))) {
      Files.write(script, source.readAllBytes());
    }
    Process process =
        new ProcessBuilder(LocalStackServer.python().toString(), script.toString())
            .redirectError(folder.resolve("boto3.log").toFile())
            .start();
    try (OutputStream input = process.getOutputStream()) {
      input.write(
          StrictJson.mapper()
              .writeValueAsBytes(
                  Map.of(
                      "endpoint", kms.direct().toString(),
                      "key", wrapped.kekId(),
                      "ciphertext",
                          Base64.getEncoder().encodeToString(wrapped.ciphertext().bytes()),
                      "model", "acme/chat",
                      "version", "3",
                      "dataKey", KEY_ID.value(),
                      "manifest", manifest)));
    }
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return new Ran(process.waitFor(), output);
  }
}
