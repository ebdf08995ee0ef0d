package dev.strongroom.keyservice.keys;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.catalog.WrappedKeyStore.Entry;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.kms.KeyRing;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Whether the KEKs that are configured are those that the store's data keys were wrapped under, and
 * not others of the same name: another Vault with a key of that path, a token that was initialised
 * anew with that label. Names cannot tell; a data key can. Thread-safe.
 */
public final class HeldKeys {
  /** One damaged row says nothing about the KEK. */
  private static final int TRIED = 3;

  private final KeyRing keks;
  private final WrappedKeyStore store;
  private final Supplier<List<DataKeyId>> erased;
  private final Set<String> proven = ConcurrentHashMap.newKeySet();

  /**
   * @param erased what the log says is erased, and a restored store may still hold
   */
  public HeldKeys(KeyRing keks, WrappedKeyStore store, Supplier<List<DataKeyId>> erased) {
    this.keks = keks;
    this.store = store;
    this.erased = erased;
  }

  /**
   * Opens a data key of each KEK; a backend that cannot say now is asked again by {@link
   * #require(KeyRing.Member)}.
   *
   * @throws Problem {@link ProblemCode#KEK_NOT_CONFIGURED} when a KEK is another
   */
  public void requireAll() {
    for (KeyRing.Member member : keks.members()) {
      try {
        require(member);
      } catch (Problem e) {
        if (e.code() == ProblemCode.KEK_NOT_CONFIGURED) {
          throw e;
        }
      }
    }
  }

  /**
   * Opens a data key of this KEK, unless that was done before. One that opens is enough: what else
   * does not open then is damaged, and is said where it is asked for.
   *
   * @throws Problem {@link ProblemCode#KEK_NOT_CONFIGURED} when the KEK is another; {@link
   *     ProblemCode#KEY_BACKEND_UNAVAILABLE} and {@link ProblemCode#KEY_BACKEND_THROTTLED} when it
   *     cannot be told
   */
  public void require(KeyRing.Member member) {
    if (proven.contains(member.name())) {
      return;
    }
    int closed = 0;
    for (KekVersion version : store.heldWithout(erased.get()).keySet()) {
      if (member.covers(version)) {
        for (Entry entry : store.under(version, TRIED)) {
          if (opens(entry)) {
            proven.add(member.name());
            return;
          }
          closed++;
        }
      }
    }
    if (closed > 0) {
      throw new Problem(
          ProblemCode.KEK_NOT_CONFIGURED,
          "the KEK "
              + member.kekId()
              + " of the backend "
              + member.backend()
              + " opens none of "
              + closed
              + " data keys that name it: it is another KEK of the same name. Configure the one that"
              + " wrapped them, or restore store and KEK from the same backup; nothing was changed");
    }
  }

  /** Whether this KEK wrapped it, as far as can be told. */
  private boolean opens(Entry entry) {
    try {
      keks.unwrap(entry.wrapped(), entry.context()).close();
      return true;
    } catch (Problem e) {
      // Disabled, destroyed or shut out: said where it is used, and no sign of another KEK.
      if (e.code() == ProblemCode.KEK_UNUSABLE) {
        return true;
      }
      if (e.code() == ProblemCode.KEY_UNWRAP_FAILED) {
        return false;
      }
      throw e;
    }
  }
}
