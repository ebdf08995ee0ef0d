package dev.strongroom.keyservice.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * What every key backend must do. A backend has one test class that extends this one, in its own
 * package; {@link KeyWrapperContractTest} says when one is missing.
 */
public abstract class KeyWrapperContract {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final DataKeyId KEY_ID = DataKeyId.random(RANDOM);
  private static final Sha256Digest MANIFEST = Sha256Digest.of(new byte[] {1});
  private static final ModelVersion TARGET = ModelVersion.parse("acme/chat:3");
  protected static final WrapContext CONTEXT = new WrapContext(TARGET, KEY_ID, MANIFEST);

  /** The class under test. */
  protected abstract Class<? extends KeyWrapper> implementation();

  /** The backend under test; the same KEK within one test. */
  protected abstract KeyWrapper wrapper();

  /** The same kind of backend with another KEK. */
  protected abstract KeyWrapper wrapperWithAnotherKek();

  /** Makes a new version of the KEK, as an operator of this backend does. */
  protected void rotate(KeyWrapper wrapper) {
    wrapper.rotate();
  }

  /**
   * Disables or destroys, in the backend, the KEK version under which the wrapper wrapped so far.
   *
   * @return the wrapper as the service has it afterwards
   */
  protected abstract KeyWrapper withItsKekDestroyed(KeyWrapper wrapper);

  /** Whether the backend tells the KEK version of each wrapping. */
  protected boolean namesVersions() {
    return true;
  }

  protected static SecretBytes dataKey() {
    return SecretBytes.random(32, RANDOM);
  }

  @Test
  void unwrapsWhatItWrapped() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      try (SecretBytes again = wrapper().unwrap(wrapped, CONTEXT)) {
        assertTrue(key.use(again::sameAs));
      }
      assertFalse(wrapped.backend().isEmpty());
      assertFalse(wrapped.kekId().isEmpty());
    }
  }

  @Test
  void theWrappingDoesNotShowTheKey() {
    try (SecretBytes key = dataKey()) {
      byte[] wrapped = wrapper().wrap(key, CONTEXT).ciphertext().bytes();
      key.use(bytes -> {
        for (int i = 0; i + 8 <= wrapped.length; i++) {
          for (int j = 0; j + 8 <= bytes.length; j++) {
            assertFalse(Arrays.equals(wrapped, i, i + 8, bytes, j, j + 8));
          }
        }
        return null;
      });
    }
  }

  @Test
  void noTwoWrappingsAreEqual() {
    try (SecretBytes key = dataKey()) {
      assertNotEquals(
          wrapper().wrap(key, CONTEXT).ciphertext(), wrapper().wrap(key, CONTEXT).ciphertext());
    }
  }

  @Test
  void everyFieldOfTheContextIsBound() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      for (WrapContext other :
          List.of(
              new WrapContext(ModelVersion.parse("acme/chat:4"), KEY_ID, MANIFEST),
              new WrapContext(ModelVersion.parse("acme/chat2:3"), KEY_ID, MANIFEST),
              new WrapContext(ModelVersion.parse("acm/echat:3"), KEY_ID, MANIFEST),
              new WrapContext(TARGET, DataKeyId.random(RANDOM), MANIFEST),
              new WrapContext(TARGET, KEY_ID, Sha256Digest.of(new byte[] {2})),
              new WrapContext(TARGET, KEY_ID, null))) {
        assertRefused(wrapped, other);
      }
    }
  }

  @Test
  void aDraftDoesNotUnwrapAsPublished() {
    WrapContext draft = new WrapContext(TARGET, KEY_ID, null);
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper().wrap(key, draft);
      wrapper().unwrap(wrapped, draft).close();
      assertRefused(wrapped, CONTEXT);
    }
  }

  @Test
  void anotherKekDoesNotUnwrap() {
    try (SecretBytes key = dataKey();
        KeyWrapper other = wrapperWithAnotherKek()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      assertEquals(
          ProblemCode.KEY_UNWRAP_FAILED,
          assertThrows(Problem.class, () -> other.unwrap(wrapped, CONTEXT)).code());
      WrappedKey disguised = renamed(other.wrap(key, CONTEXT), wrapped);
      assertEquals(
          ProblemCode.KEY_UNWRAP_FAILED,
          assertThrows(Problem.class, () -> other.unwrap(disguised, CONTEXT)).code());
    }
  }

  @Test
  void damagedWrappingsAreRefused() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      byte[] bytes = wrapped.ciphertext().bytes();
      for (int i = 0; i < bytes.length; i++) {
        byte[] flipped = bytes.clone();
        flipped[i] ^= 1;
        assertRefused(with(wrapped, flipped), CONTEXT);
      }
      for (int length = 0; length < bytes.length; length += 7) {
        assertRefused(with(wrapped, Arrays.copyOf(bytes, length)), CONTEXT);
      }
      assertRefused(with(wrapped, Arrays.copyOf(bytes, bytes.length - 1)), CONTEXT);
      assertRefused(with(wrapped, Arrays.copyOf(bytes, bytes.length + 1)), CONTEXT);
      assertRefused(with(wrapped, new byte[0]), CONTEXT);
      assertRefused(with(wrapped, new byte[1 << 20]), CONTEXT);
    }
  }

  @Test
  void anotherBackendsWrappingIsRefused() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      String version = wrapped.kekVersion();
      for (String backend : new String[] {"another", "", "tink2"}) {
        assertRefused(
            new WrappedKey(backend, wrapped.kekId(), version, wrapped.ciphertext()), CONTEXT);
      }
      for (String kek : new String[] {"no-such-kek", "", wrapped.kekId() + "2"}) {
        assertRefused(
            new WrappedKey(wrapped.backend(), kek, version, wrapped.ciphertext()), CONTEXT);
      }
      assertRefused(
          new WrappedKey(
              wrapped.backend(), wrapped.kekId(), "no-such-version", wrapped.ciphertext()),
          CONTEXT);
    }
  }

  @Test
  void onlyDataKeysAreWrapped() {
    for (int size : new int[] {1, 16, 31, 33, 64}) {
      try (SecretBytes key = SecretBytes.random(size, RANDOM)) {
        assertThrows(IllegalArgumentException.class, () -> wrapper().wrap(key, CONTEXT));
      }
    }
  }

  @Test
  void manyThreadsMayUseItAtOnce() throws Exception {
    List<Future<Boolean>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 64; i++) {
        results.add(
            threads.submit(() -> {
              try (SecretBytes key = dataKey();
                  SecretBytes again = wrapper().unwrap(wrapper().wrap(key, CONTEXT), CONTEXT)) {
                return key.use(again::sameAs);
              }
            }));
      }
    }
    for (Future<Boolean> result : results) {
      assertTrue(result.get());
    }
  }

  @Test
  void aClosedBackendWrapsNothing() {
    try (SecretBytes key = dataKey()) {
      KeyWrapper closed = wrapperWithAnotherKek();
      WrappedKey wrapped = closed.wrap(key, CONTEXT);
      closed.close();
      closed.close();
      assertEquals(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          assertThrows(Problem.class, () -> closed.wrap(key, CONTEXT)).code());
      assertEquals(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          assertThrows(Problem.class, () -> closed.unwrap(wrapped, CONTEXT)).code());
    }
  }

  @Test
  void afterARotationTheOldStillUnwrapsAndTheNewIsAnother() {
    try (SecretBytes key = dataKey();
        KeyWrapper wrapper = wrapperWithAnotherKek()) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      rotate(wrapper);
      WrappedKey fresh = wrapper.wrap(key, CONTEXT);
      assertUnwraps(wrapper, old, key);
      assertUnwraps(wrapper, fresh, key);
      if (namesVersions()) {
        assertNotEquals(old.kekVersion(), fresh.kekVersion());
        assertEquals(wrapper.status().newestVersion(), fresh.kekVersion());
        assertEquals(List.of(old.kekVersion(), fresh.kekVersion()), wrapper.status().versions());
        assertRefused(wrapper, renamed(fresh, old), CONTEXT);
        assertRefused(wrapper, renamed(old, fresh), CONTEXT);
      }
    }
  }

  @Test
  void rewrappingMovesToTheNewestVersionAndKeepsTheContext() {
    try (SecretBytes key = dataKey();
        KeyWrapper wrapper = wrapperWithAnotherKek()) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      rotate(wrapper);
      WrappedKey moved = wrapper.rewrap(old, CONTEXT);
      assertNotEquals(old.ciphertext(), moved.ciphertext());
      assertEquals(wrapper.status().newestVersion(), moved.kekVersion());
      assertUnwraps(wrapper, moved, key);
      WrapContext another = new WrapContext(TARGET, KEY_ID, null);
      assertRefused(wrapper, moved, another);
      assertEquals(
          ProblemCode.KEY_UNWRAP_FAILED,
          assertThrows(Problem.class, () -> wrapper.rewrap(old, another)).code());
      assertEquals(
          ProblemCode.KEY_UNWRAP_FAILED,
          assertThrows(
                  Problem.class,
                  () ->
                      wrapper.rewrap(
                          new WrappedKey(
                              "another", old.kekId(), old.kekVersion(), old.ciphertext()),
                          CONTEXT))
              .code());
    }
  }

  @Test
  void aDestroyedKekUnwrapsNothingAndIsNoTampering() {
    try (SecretBytes key = dataKey()) {
      KeyWrapper before = wrapperWithAnotherKek();
      WrappedKey wrapped = before.wrap(key, CONTEXT);
      try (KeyWrapper after = withItsKekDestroyed(before)) {
        assertEquals(
            ProblemCode.KEK_UNUSABLE,
            assertThrows(Problem.class, () -> after.unwrap(wrapped, CONTEXT)).code());
      }
    }
  }

  @Test
  void tellsItsKek() {
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper().wrap(key, CONTEXT);
      KekStatus status = wrapper().status();
      assertEquals(wrapped.backend(), status.backend());
      assertEquals(wrapped.kekId(), status.kekId());
      if (namesVersions()) {
        assertEquals(wrapped.kekVersion(), status.newestVersion());
        assertTrue(status.versions().contains(status.newestVersion()));
      }
    }
  }

  private static void assertUnwraps(KeyWrapper wrapper, WrappedKey wrapped, SecretBytes key) {
    try (SecretBytes again = wrapper.unwrap(wrapped, CONTEXT)) {
      assertTrue(key.use(again::sameAs));
    }
  }

  private void assertRefused(WrappedKey wrapped, WrapContext context) {
    assertRefused(wrapper(), wrapped, context);
  }

  private static void assertRefused(KeyWrapper wrapper, WrappedKey wrapped, WrapContext context) {
    Problem problem = assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, context).close());
    assertEquals(ProblemCode.KEY_UNWRAP_FAILED, problem.code());
  }

  private static WrappedKey with(WrappedKey wrapped, byte[] ciphertext) {
    return new WrappedKey(
        wrapped.backend(), wrapped.kekId(), wrapped.kekVersion(), Blob.of(ciphertext));
  }

  /** The ciphertext of one under the name of the other. */
  private static WrappedKey renamed(WrappedKey name, WrappedKey ciphertext) {
    return new WrappedKey(name.backend(), name.kekId(), name.kekVersion(), ciphertext.ciphertext());
  }
}
