package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.testkit.kms.NssToken;
import dev.strongroom.testkit.kms.TestToken;
import java.nio.file.Path;
import java.util.Optional;

/** The contract on the software token of NSS. */
class NssKeyWrapperTest extends Pkcs11KeyWrapperContract {
  @Override
  Optional<String> missing() {
    return NssToken.missing();
  }

  @Override
  TestToken create(Path folder) {
    return NssToken.create(folder);
  }
}
