package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.RemoteKeyWrapperContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract against a real Vault, killed, stopped and throttled for it. */
class VaultKeyWrapperTest extends RemoteKeyWrapperContract {
  private static @Nullable VaultStage running;
  private static @Nullable VaultAuth login;
  private static @Nullable VaultKeyWrapper shared;

  private Runnable end = () -> {};

  @BeforeAll
  static void start(@TempDir Path folder) {
    VaultStage stage = VaultStage.start(folder);
    running = stage;
    stage
        .server()
        .call(
            "PUT",
            "sys/policies/acl/rotate",
            VaultStage.json(
                "policy", "path \"transit/keys/+/rotate\" { capabilities = [\"update\"] }"));
    VaultAuth auth = stage.newAppRoleOf("strongroom,rotate", "\"token_ttl\":\"1h\"");
    login = auth;
    shared = VaultKeyWrapper.open(config(stage, auth));
  }

  @AfterAll
  static void stop() {
    if (shared != null) {
      shared.close();
    }
    if (running != null) {
      running.close();
    }
  }

  // Short enough for a test that waits it out a few times, long enough for a busy machine.
  private static KekConfig.Vault config(VaultStage stage, VaultAuth auth) {
    KekConfig.Vault usual = stage.config(stage.newKey(), auth);
    return new KekConfig.Vault(
        usual.address(),
        usual.mount(),
        usual.key(),
        usual.namespace(),
        usual.auth(),
        usual.caFile(),
        VaultStage.limits(Duration.ofSeconds(3)));
  }

  private static VaultStage stage() {
    return Objects.requireNonNull(running);
  }

  @Override
  protected Class<? extends KeyWrapper> implementation() {
    return VaultKeyWrapper.class;
  }

  @Override
  protected KeyWrapper wrapper() {
    return Objects.requireNonNull(shared);
  }

  @Override
  protected KeyWrapper wrapperWithAnotherKek() {
    return VaultKeyWrapper.open(config(stage(), Objects.requireNonNull(login)));
  }

  @Override
  protected KeyWrapper withItsKekDestroyed(KeyWrapper wrapper) {
    KekStatus status = wrapper.rotate();
    stage()
        .server()
        .call(
            "POST",
            status.kekId().replace("transit/", "transit/keys/") + "/config",
            "{\"min_decryption_version\":2}");
    return wrapper;
  }

  @Override
  protected void takeAway() {
    stage().server().kill();
    end = stage().server()::restart;
  }

  @Override
  protected void hang() {
    stage().server().suspend();
    end = stage().server()::resume;
  }

  @Override
  protected void throttle() {
    stage().server().throttle("transit/");
    end = stage().server()::unthrottle;
  }

  @Override
  protected void bringBack() {
    end.run();
  }
}
