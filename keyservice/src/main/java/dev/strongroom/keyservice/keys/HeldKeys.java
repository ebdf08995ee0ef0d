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
 * anew with that label. Names cannot tell; one data key of each version can. Thread-safe.
 */
public final class HeldKeys {
  /** One damaged row says nothing about the KEK. */
  private static final int TRIED = 3;

  private final KeyRing keks;
  private final WrappedKeyStore store;
  private final Supplier<List<DataKeyId>> erased;
  private final Set<KekVersion> proven = ConcurrentHashMap.newKeySet();

  /**
   * @param erased what the log says is erased, and a restored store may still hold
   */
  public HeldKeys(KeyRing keks, WrappedKeyStore store, Supplier<List<DataKeyId>> erased) {
    this.keks = keks;
    this.store = store;
    this.erased = erased;
  }

  /**
   * Opens a data key of each version; a backend that cannot say now is asked again by {@link
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
   * Opens a data key of each version of this KEK, unless that was done before.
   *
   * @throws Problem {@link ProblemCode#KEK_NOT_CONFIGURED} when the KEK is another; {@link
   *     ProblemCode#KEY_BACKEND_UNAVAILABLE} and {@link ProblemCode#KEY_BACKEND_THROTTLED} when it
   *     cannot be told
   */
  public void require(KeyRing.Member member) {
    for (KekVersion version : store.heldWithout(erased.get()).keySet()) {
      if (member.covers(version) && !proven.contains(version)) {
        prove(version);
        proven.add(version);
      }
    }
  }

  private void prove(KekVersion version) {
    List<Entry> sample = store.under(version, TRIED);
    for (Entry entry : sample) {
      try {
        keks.unwrap(entry.wrapped(), entry.context()).close();
        return;
      } catch (Problem e) {
        if (e.code() == ProblemCode.KEK_UNUSABLE) {
          // Disabled, destroyed or shut out: said where it is used, and no sign of another KEK.
          return;
        }
        if (e.code() != ProblemCode.KEY_UNWRAP_FAILED) {
          throw e;
        }
      }
    }
    if (!sample.isEmpty()) {
      throw new Problem(
          ProblemCode.KEK_NOT_CONFIGURED,
          "the KEK "
              + version.kekId()
              + " of the backend "
              + version.backend()
              + " opens none of "
              + sample.size()
              + " data keys that were wrapped under its version '"
              + version.version()
              + "': it is another KEK of the same name. Configure the one that wrapped them, or"
              + " restore it; nothing was changed");
    }
  }
}
