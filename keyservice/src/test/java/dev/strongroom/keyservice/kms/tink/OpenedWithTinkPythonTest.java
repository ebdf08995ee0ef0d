package dev.strongroom.keyservice.kms.tink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.process.PythonEnvironment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the service wraps, Tink for Python opens with the service's keyset file and context. */
@Timeout(300)
class OpenedWithTinkPythonTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final ModelVersion TARGET = ModelVersion.parse("acme/chat:3");
  private static final DataKeyId KEY_ID = DataKeyId.random(RANDOM);
  private static final Sha256Digest MANIFEST = Sha256Digest.of(new byte[] {1});
  private static final WrapContext CONTEXT = new WrapContext(TARGET, KEY_ID, MANIFEST);
  private static final WrapContext DRAFT = new WrapContext(TARGET, KEY_ID, null);
  private static final String REFUSED = "refused";

  @TempDir private Path folder;
  private Path keyset;
  private TinkKeyWrapper wrapper;
  private SecretBytes dataKey;
  private String wanted;

  private record Job(WrappedKey wrapped, WrapContext context) {
    Map<String, String> json() {
      Sha256Digest manifest = context.manifestDigest();
      return Map.of(
          "ciphertext", Base64.getEncoder().encodeToString(wrapped.ciphertext().bytes()),
          "model", context.target().model().value(),
          "version", context.target().version().value(),
          "dataKey", context.dataKeyId().value(),
          "manifest", manifest == null ? "" : manifest.hex());
    }
  }

  @BeforeEach
  void open() {
    Optional<String> missing = PythonEnvironment.TINK.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    keyset = folder.resolve("kek.json");
    wrapper = TinkKeyWrapper.open(keyset, true);
    dataKey = SecretBytes.random(32, RANDOM);
    wanted = dataKey.use(bytes -> HexFormat.of().formatHex(bytes));
  }

  @AfterEach
  void close() {
    if (wrapper != null) {
      wrapper.close();
      dataKey.close();
    }
  }

  @Test
  void tinkOpensItUnderTheDocumentedContextAndNoOther() throws Exception {
    WrappedKey published = wrapper.wrap(dataKey, CONTEXT);
    WrappedKey draft = wrapper.wrap(dataKey, DRAFT);
    assertEquals(
        List.of(wanted, wanted),
        opened(keyset, new Job(published, CONTEXT), new Job(draft, DRAFT)));
    assertEquals(
        List.of(REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
        opened(
            keyset,
            new Job(published, published("acme2/chat:3", KEY_ID, MANIFEST)),
            new Job(published, published("acme/chat2:3", KEY_ID, MANIFEST)),
            new Job(published, published("acme/chat:4", KEY_ID, MANIFEST)),
            new Job(published, published("acme/chat:3", DataKeyId.random(RANDOM), MANIFEST)),
            new Job(published, published("acme/chat:3", KEY_ID, Sha256Digest.of(new byte[] {2}))),
            new Job(published, DRAFT),
            new Job(draft, CONTEXT)));
  }

  @Test
  void afterARotationTinkOpensBothVersions() throws Exception {
    WrappedKey old = wrapper.wrap(dataKey, CONTEXT);
    Path before = Files.copy(keyset, folder.resolve("before.json"));
    var _ = wrapper.rotate();
    WrappedKey fresh = wrapper.wrap(dataKey, CONTEXT);
    WrappedKey rewrapped = wrapper.rewrap(old, CONTEXT);
    assertNotEquals(old.kekVersion(), fresh.kekVersion());
    assertEquals(fresh.kekVersion(), rewrapped.kekVersion());
    Job[] jobs = {new Job(old, CONTEXT), new Job(fresh, CONTEXT), new Job(rewrapped, CONTEXT)};
    assertEquals(List.of(wanted, wanted, wanted), opened(keyset, jobs));
    assertEquals(List.of(wanted, REFUSED, REFUSED), opened(before, jobs));
  }

  private static WrapContext published(String target, DataKeyId keyId, Sha256Digest manifest) {
    return new WrapContext(ModelVersion.parse(target), keyId, manifest);
  }

  private static List<String> opened(Path keyset, Job... jobs) throws JsonProcessingException {
    PythonEnvironment.Ran ran =
        PythonEnvironment.TINK.run(
            OpenedWithTinkPythonTest.class,
            "open_with_tink.py",
            StrictJson.mapper()
                .writeValueAsBytes(
                    Map.of(
                        "keyset",
                        keyset.toString(),
                        "jobs",
                        List.of(jobs).stream().map(Job::json).toList())));
    assertEquals(0, ran.exit(), "the program's errors are above");
    return ran.output().lines().toList();
  }
}
