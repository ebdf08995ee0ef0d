package dev.strongroom.keyservice.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The decorator keeps the contract of what it decorates, and counts. */
class MeteredKeyWrapperTest extends KeyWrapperContract {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  @TempDir Path folder;
  private MeteredKeyWrapper wrapper;

  @BeforeEach
  void open() {
    wrapper = metered("kek.json");
  }

  private MeteredKeyWrapper metered(String file) {
    return new MeteredKeyWrapper(TinkKeyWrapper.open(folder.resolve(file), true), "tink", meters);
  }

  @Override
  protected Class<? extends KeyWrapper> implementation() {
    return MeteredKeyWrapper.class;
  }

  @Override
  protected KeyWrapper wrapper() {
    return wrapper;
  }

  @Override
  protected KeyWrapper wrapperWithAnotherKek() {
    return metered("another.json");
  }

  @Override
  protected KeyWrapper withItsKekDestroyed(KeyWrapper wrapper) {
    TinkKeysets.retirePrimary(folder.resolve("another.json"));
    return metered("another.json");
  }

  @Test
  void callsAndFaultsAreCounted() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      wrapper.unwrap(wrapped, CONTEXT).close();
      WrappedKey damaged =
          new WrappedKey(
              wrapped.backend(), wrapped.kekId(), wrapped.kekVersion(), Blob.of(new byte[3]));
      assertThrows(Problem.class, () -> wrapper.unwrap(damaged, CONTEXT));
    }
    for (Meter meter : meters.getMeters()) {
      assertNotNull(meter.getId().getDescription(), meter.getId().getName());
    }
    assertEquals(1, meters.get("strongroom.kek.wraps").timer().count());
    assertEquals(2, meters.get("strongroom.kek.unwraps").timer().count());
    assertEquals(
        1, meters.get("strongroom.kek.faults").tag("code", "key-unwrap-failed").counter().count());
  }
}
