package dev.strongroom.keyservice.kms.awskms;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.LocalStackServer;
import dev.strongroom.testkit.process.PythonEnvironment.Ran;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
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
      assertEquals(new Ran(3, "refused"), boto3(wrapped, "draft"));
    }
  }

  private static Ran boto3(WrappedKey wrapped, String manifest) throws JsonProcessingException {
    return LocalStackServer.python()
        .run(
            OpenedWithBoto3Test.class,
            "open_with_boto3.py",
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
}
