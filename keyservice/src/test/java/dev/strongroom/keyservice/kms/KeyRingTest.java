package dev.strongroom.keyservice.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** KEKs side by side keep the contract of one. */
class KeyRingTest extends KeyWrapperContract {
  @TempDir Path folder;
  private KeyRing ring;

  @BeforeEach
  void open() {
    // A former KEK's file must be there; a first service makes it.
    ring("former.json", List.of()).close();
    ring = ring("kek.json", List.of("former.json"));
  }

  private KeyRing ring(String kek, List<String> formers) {
    return KeyBackends.openAll(
        new KekConfig.Tink(folder.resolve(kek)),
        formers.stream().<KekConfig>map(name -> new KekConfig.Tink(folder.resolve(name))).toList(),
        Map.of(),
        new SecureRandom(),
        new SimpleMeterRegistry());
  }

  @Override
  protected Class<? extends KeyWrapper> implementation() {
    return KeyRing.class;
  }

  @Override
  protected KeyWrapper wrapper() {
    return ring;
  }

  @Override
  protected KeyWrapper wrapperWithAnotherKek() {
    return ring("another.json", List.of());
  }

  @Override
  protected KeyWrapper withItsKekDestroyed(KeyWrapper wrapper) {
    TinkKeysets.retirePrimary(folder.resolve("another.json"));
    return ring("another.json", List.of());
  }

  @Test
  void whatAFormerKekWrappedIsOpenedByItAndMovesToTheOneInUse() {
    try (SecretBytes key = dataKey();
        KeyRing before = ring("former.json", List.of())) {
      WrappedKey old = before.wrap(key, CONTEXT);
      try (SecretBytes opened = ring.unwrap(old, CONTEXT)) {
        assertTrue(key.use(opened::sameAs));
      }
      WrappedKey moved = ring.rewrap(old, CONTEXT);
      assertNotEquals(old.kekVersion(), moved.kekVersion());
      assertEquals(ring.status().newestVersion(), moved.kekVersion());
    }
  }
}
