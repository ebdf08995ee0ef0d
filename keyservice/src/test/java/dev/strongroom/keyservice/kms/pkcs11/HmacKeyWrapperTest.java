package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.TestToken;
import java.nio.file.Path;
import java.util.Optional;

/** The contract with a generic secret as KEK: for tokens that insist on IVs of their own. */
class HmacKeyWrapperTest extends Pkcs11KeyWrapperContract {
  @Override
  Optional<String> missing() {
    return SoftHsm.missing();
  }

  @Override
  TestToken create(Path folder) {
    return SoftHsm.create(folder, "strongroom");
  }

  @Override
  String kind() {
    return "HMAC";
  }
}
