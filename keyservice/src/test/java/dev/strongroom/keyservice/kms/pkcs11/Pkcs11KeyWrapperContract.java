package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.RemoteKeyWrapperContract;
import dev.strongroom.testkit.kms.FaultyModule;
import dev.strongroom.testkit.kms.TestToken;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract on one kind of token, which a module of the tests' own loses on demand. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Pkcs11KeyWrapperContract extends RemoteKeyWrapperContract {
  private @Nullable FaultyModule module;
  private @Nullable TokenStage stage;
  private @Nullable Pkcs11KeyWrapper wrapper;
  private int others;

  /** Why this kind of token cannot be used here, when it cannot. */
  abstract Optional<String> missing();

  abstract TestToken create(Path folder);

  /** What the KEK is. */
  String kind() {
    return "AES";
  }

  @BeforeAll
  void open(@TempDir Path folder) {
    TokenStage.require(missing());
    TokenStage.require(FaultyModule.missing());
    module = FaultyModule.before(create(folder.resolve("token")), folder);
    stage = new TokenStage(module.token());
    stage.make("kek", kind());
    wrapper = stage.open("kek");
  }

  @AfterAll
  void close() {
    if (wrapper != null) {
      wrapper.close();
    }
  }

  @Override
  protected Class<? extends KeyWrapper> implementation() {
    return Pkcs11KeyWrapper.class;
  }

  @Override
  protected KeyWrapper wrapper() {
    return Objects.requireNonNull(wrapper);
  }

  @Override
  protected KeyWrapper wrapperWithAnotherKek() {
    String label = "other" + ++others;
    stage().make(label, kind());
    return stage().open(label);
  }

  @Override
  protected KeyWrapper withItsKekDestroyed(KeyWrapper other) {
    other.rotate();
    stage().destroy(other.status().kekId());
    other.status();
    return other;
  }

  @Override
  protected void takeAway() {
    module().fail(FaultyModule.DEVICE_ERROR);
  }

  @Override
  protected void hang() {
    module().hang();
  }

  @Override
  protected void throttle() {
    module().fail(FaultyModule.SESSION_COUNT);
  }

  @Override
  protected void bringBack() {
    module().heal();
    TokenStage.awaitHealed(wrapper());
  }

  final TokenStage stage() {
    return Objects.requireNonNull(stage);
  }

  private FaultyModule module() {
    return Objects.requireNonNull(module);
  }
}
