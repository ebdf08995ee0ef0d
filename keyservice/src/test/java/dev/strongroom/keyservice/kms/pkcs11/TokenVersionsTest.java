package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.SoftHsm;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A KEK that was rotated for years, and one that was rotated too often. */
@Timeout(300)
class TokenVersionsTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);

  /** The most; the longest wrappings, so that a frame is as full as it gets. */
  private static final int MOST = 256;

  /** SoftHSM reads every file of a token for each search. */
  private static final BrokerTiming PATIENT =
      new BrokerTiming(
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          Duration.ofMillis(20),
          Duration.ofMillis(200),
          Duration.ofSeconds(1));

  @TempDir Path folder;

  @Test
  void everyVersionIsKnownAgainByTheNextBrokerAndNoneIsMadeBeyondTheMost() {
    TokenStage.require(SoftHsm.missing());
    TokenStage stage = new TokenStage(SoftHsm.create(folder, "strongroom"));
    stage.make("kek", "HMAC", MOST - 1);
    List<ProcessHandle> others = TokenStage.brokers();
    try (Pkcs11KeyWrapper wrapper =
            Pkcs11KeyWrapper.open(
                stage.config("kek"),
                RANDOM,
                PATIENT,
                new BrokerLauncher(stage.token().environment()));
        SecretBytes key = SecretBytes.random(32, RANDOM)) {
      assertEquals(MOST, wrapper.rotate().versions().size());
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      assertEquals(String.valueOf(MOST), wrapped.kekVersion());

      ProcessHandle broker =
          TokenStage.brokers().stream().filter(b -> !others.contains(b)).findFirst().orElseThrow();
      assertTrue(broker.destroyForcibly());
      broker.onExit().join();
      TokenStage.awaitHealed(wrapper);
      try (SecretBytes opened = wrapper.unwrap(wrapped, CONTEXT)) {
        assertTrue(key.use(opened::sameAs));
      }

      Problem refused = assertThrows(Problem.class, wrapper::rotate);
      assertEquals(ProblemCode.KEK_UNUSABLE, refused.code());
      assertTrue(String.valueOf(refused.getMessage()).contains("after 256"), refused.getMessage());
      assertEquals(MOST, wrapper.status().versions().size());
    }
  }
}
