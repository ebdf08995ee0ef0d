package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.KeyWrapperContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract against a real Vault. */
class VaultKeyWrapperTest extends KeyWrapperContract {
  private static @Nullable VaultStage stage;
  private static @Nullable VaultAuth auth;
  private static @Nullable VaultKeyWrapper wrapper;

  @BeforeAll
  static void start(@TempDir Path folder) {
    VaultStage started = VaultStage.start(folder);
    stage = started;
    auth = started.newAppRole(Duration.ofMinutes(10));
    wrapper = VaultKeyWrapper.open(started.config(started.newKey(), auth));
  }

  @AfterAll
  static void stop() {
    if (wrapper != null) {
      wrapper.close();
    }
    if (stage != null) {
      stage.close();
    }
  }

  @Override
  protected Class<? extends KeyWrapper> implementation() {
    return VaultKeyWrapper.class;
  }

  @Override
  protected KeyWrapper wrapper() {
    return Objects.requireNonNull(wrapper);
  }

  @Override
  protected KeyWrapper wrapperWithAnotherKek() {
    VaultStage running = Objects.requireNonNull(stage);
    return VaultKeyWrapper.open(running.config(running.newKey(), Objects.requireNonNull(auth)));
  }
}
