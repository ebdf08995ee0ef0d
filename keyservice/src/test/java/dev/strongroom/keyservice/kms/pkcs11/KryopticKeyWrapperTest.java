package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.testkit.kms.Kryoptic;
import dev.strongroom.testkit.kms.TestToken;
import java.nio.file.Path;
import java.util.Optional;

/** The contract on Kryoptic. */
class KryopticKeyWrapperTest extends Pkcs11KeyWrapperContract {
  @Override
  Optional<String> missing() {
    return Kryoptic.missing();
  }

  @Override
  TestToken create(Path folder) {
    return Kryoptic.create(folder, "strongroom");
  }
}
