package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.TestToken;
import java.nio.file.Path;
import java.util.Optional;

/** The contract on SoftHSM. */
class SoftHsmKeyWrapperTest extends Pkcs11KeyWrapperContract {
  @Override
  Optional<String> missing() {
    return SoftHsm.missing();
  }

  @Override
  TestToken create(Path folder) {
    return SoftHsm.create(folder, "strongroom");
  }
}
