package dev.strongroom.keyservice.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * What a backend outside this process must do besides: tell trouble of the backend from tampering,
 * end its calls, and heal by itself.
 */
public abstract class RemoteKeyWrapperContract extends KeyWrapperContract {
  private static final int CALLERS = 8;

  /** From now on nobody answers where the backend was. */
  protected abstract void takeAway();

  /** From now on the backend takes calls and never answers them. */
  protected abstract void hang();

  /** From now on the backend refuses every call because there are too many. */
  protected abstract void throttle();

  /** Ends the trouble. */
  protected abstract void bringBack();

  @Test
  void awayIsAwayAndHealsByItself() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      takeAway();
      assertTrouble(ProblemCode.KEY_BACKEND_UNAVAILABLE, key, wrapped);
      bringBack();
      assertUnwrapsAgain(key, wrapped);
    }
  }

  @Test
  void aBackendThatHangsIsNotWaitedForForEver() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      hang();
      assertTrouble(ProblemCode.KEY_BACKEND_UNAVAILABLE, key, wrapped);
      bringBack();
      assertUnwrapsAgain(key, wrapped);
    }
  }

  @Test
  void throttledIsNeitherAwayNorTampering() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      throttle();
      assertTrouble(ProblemCode.KEY_BACKEND_THROTTLED, key, wrapped);
      bringBack();
      assertUnwrapsAgain(key, wrapped);
    }
  }

  @Test
  void underLoadEveryCallEndsWithTheKeyOrTheTrouble() throws Exception {
    try (SecretBytes key = dataKey();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      List<Future<ProblemCode>> before = calls(threads, key, wrapped);
      takeAway();
      List<Future<ProblemCode>> during = calls(threads, key, wrapped);
      for (Future<ProblemCode> call : before) {
        ProblemCode code = call.get();
        assertTrue(code == OPENED || code == ProblemCode.KEY_BACKEND_UNAVAILABLE, code::toString);
      }
      for (Future<ProblemCode> call : during) {
        assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, call.get());
      }
      bringBack();
      assertUnwrapsAgain(key, wrapped);
    }
  }

  /** Stands for the right key: a call cannot end with this code. */
  private static final ProblemCode OPENED = ProblemCode.SYMLINK_REFUSED;

  private List<Future<ProblemCode>> calls(
      ExecutorService threads, SecretBytes key, WrappedKey wrapped) {
    List<Future<ProblemCode>> calls = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      calls.add(
          threads.submit(() -> {
            try (SecretBytes again = wrapper().unwrap(wrapped, CONTEXT)) {
              assertTrue(key.use(again::sameAs));
              return OPENED;
            } catch (Problem e) {
              return e.code();
            }
          }));
    }
    return calls;
  }

  private void assertTrouble(ProblemCode code, SecretBytes key, WrappedKey wrapped) {
    assertEquals(
        code, assertThrows(Problem.class, () -> wrapper().unwrap(wrapped, CONTEXT).close()).code());
    assertEquals(
        code, assertThrows(Problem.class, () -> wrapper().rewrap(wrapped, CONTEXT)).code());
    assertEquals(code, assertThrows(Problem.class, () -> wrapper().wrap(key, CONTEXT)).code());
  }

  private void assertUnwrapsAgain(SecretBytes key, WrappedKey wrapped) {
    try (SecretBytes again = wrapper().unwrap(wrapped, CONTEXT)) {
      assertTrue(key.use(again::sameAs));
    }
  }
}
