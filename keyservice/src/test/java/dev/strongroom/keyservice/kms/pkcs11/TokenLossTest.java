package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.FaultyModule;
import dev.strongroom.testkit.kms.SoftHsm;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * The token is lost while callers unwrap: it heals by itself, each call gets an answer, and none
 * calls it tampering.
 */
class TokenLossTest {
  private static final int CALLERS = 16;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final WrapContext CONTEXT =
      new WrapContext(
          ModelVersion.parse("acme/chat:3"),
          DataKeyId.random(RANDOM),
          Sha256Digest.of(new byte[] {1}));

  private final AtomicLong asked = new AtomicLong();
  private final AtomicLong opened = new AtomicLong();
  private final Map<ProblemCode, AtomicLong> refused = new ConcurrentHashMap<>();
  private final AtomicBoolean ending = new AtomicBoolean();

  @Test
  void eachLossHealsAndNoneIsCalledTampering(@TempDir Path folder) throws Exception {
    TokenStage.require(SoftHsm.missing());
    TokenStage.require(FaultyModule.missing());
    FaultyModule module =
        FaultyModule.before(SoftHsm.create(folder.resolve("token"), "strongroom"), folder);
    TokenStage stage = new TokenStage(module.token());
    stage.make("kek", "AES");
    List<ProcessHandle> others = TokenStage.brokers();
    try (Pkcs11KeyWrapper wrapper = stage.open("kek");
        SecretBytes key = SecretBytes.random(32, RANDOM);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      List<Future<?>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(threads.submit(() -> call(wrapper, wrapped, key)));
      }
      try {
        loseAndHeal(module, others);
      } finally {
        ending.set(true);
      }
      for (Future<?> caller : callers) {
        caller.get();
      }
    }
    assertEquals(asked.get(), opened.get() + refusals(), "each call was answered");
    assertEquals(Set.of(ProblemCode.KEY_BACKEND_UNAVAILABLE), refused.keySet(), "and how");
  }

  private void loseAndHeal(FaultyModule module, List<ProcessHandle> others) {
    for (int i = 0; i < 3; i++) {
      healed("the broker is killed", () -> kill(others));
    }
    for (long code :
        new long[] {
          FaultyModule.DEVICE_ERROR,
          FaultyModule.DEVICE_REMOVED,
          FaultyModule.SESSION_HANDLE_INVALID,
          FaultyModule.GENERAL_ERROR
        }) {
      healed(
          "the module answers 0x" + Long.toHexString(code),
          () -> {
            long before = refusals();
            module.fail(code);
            await(() -> refusals() > before);
            module.heal();
          });
    }
  }

  private void healed(String loss, Runnable injure) {
    long before = opened.get();
    await(() -> opened.get() > before + 2 * CALLERS);
    long began = System.nanoTime();
    injure.run();
    long after = opened.get();
    // Answers that were on their way when it happened do not count.
    await(() -> opened.get() > after + 2 * CALLERS);
    LoggerFactory.getLogger(TokenLossTest.class)
        .atInfo()
        .addKeyValue("millis", Duration.ofNanos(System.nanoTime() - began).toMillis())
        .addKeyValue("refusedSoFar", refusals())
        .log("healed after: {}", loss);
  }

  private static void kill(List<ProcessHandle> others) {
    ProcessHandle broker =
        TokenStage.brokers().stream().filter(b -> !others.contains(b)).findFirst().orElseThrow();
    TokenStage.kill(broker);
  }

  private void call(Pkcs11KeyWrapper wrapper, WrappedKey wrapped, SecretBytes key) {
    while (!ending.get()) {
      asked.incrementAndGet();
      try (SecretBytes again = wrapper.unwrap(wrapped, CONTEXT)) {
        assertTrue(key.use(again::sameAs));
        opened.incrementAndGet();
      } catch (Problem e) {
        refused.computeIfAbsent(e.code(), code -> new AtomicLong()).incrementAndGet();
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos()); // as callers do
      }
    }
  }

  private long refusals() {
    return refused.values().stream().mapToLong(AtomicLong::get).sum();
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TokenStage.HEALS_WITHIN.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, "it did not heal");
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
  }
}
