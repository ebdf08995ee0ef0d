package dev.strongroom.keyservice.kms.tink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class RemovedKeysetTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir private Path folder;

  private static void assertUnusable(Executable use) {
    assertEquals(ProblemCode.KEK_UNUSABLE, assertThrows(Problem.class, use).code());
  }

  @Test
  void itRefusesEveryUseAndSaysThatItIsGone() {
    WrapContext context =
        new WrapContext(
            ModelVersion.parse("acme/chat:3"),
            DataKeyId.random(RANDOM),
            Sha256Digest.of(new byte[0]));
    WrappedKey wrapped = new WrappedKey("tink", "keyset", "1", Blob.of(new byte[60]));
    try (KeyWrapper keyset = RemovedKeyset.find(folder.resolve("kek.json")).orElseThrow();
        SecretBytes dataKey = SecretBytes.random(KeyWrapper.DATA_KEY_BYTES, RANDOM)) {
      assertUnusable(() -> keyset.wrap(dataKey, context));
      assertUnusable(() -> keyset.unwrap(wrapped, context));
      assertUnusable(() -> keyset.rewrap(wrapped, context));
      assertUnusable(keyset::status);
      assertUnusable(keyset::rotate);
      assertTrue(keyset.gone("").isPresent());
    }
  }

  @Test
  void whatIsThereOrMayBeElsewhereIsNotRemoved() throws IOException {
    Path there = Files.createFile(folder.resolve("kek.json"));
    assertEquals(Optional.empty(), RemovedKeyset.find(there));
    assertEquals(Optional.empty(), RemovedKeyset.find(folder.resolve("away").resolve("kek.json")));
  }
}
