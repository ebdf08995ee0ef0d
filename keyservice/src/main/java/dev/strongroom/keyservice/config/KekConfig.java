package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Default;
import java.nio.file.Path;

/** Where the key-encryption key lives. Opened by {@code kms.KeyBackends} alone. */
public sealed interface KekConfig {

  /**
   * A Tink keyset file.
   *
   * @param keysetFile made at first start; readable for its owner alone
   */
  record Tink(@Default("kek.json") Path keysetFile) implements KekConfig {}
}
