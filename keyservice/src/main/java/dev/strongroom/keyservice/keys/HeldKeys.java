package dev.strongroom.keyservice.keys;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.catalog.WrappedKeyStore.Entry;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.kms.KeyRing;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
  private final MissingVersions lost;
  private final Supplier<List<DataKeyId>> erased;
  private final Set<String> proven = ConcurrentHashMap.newKeySet();

  /**
   * @param erased what the log says is erased, and a restored store may still hold
   */
  public HeldKeys(KeyRing keks, WrappedKeyStore store, Supplier<List<DataKeyId>> erased) {
    this.keks = keks;
    this.store = store;
    this.lost = new MissingVersions(store);
    this.erased = erased;
  }

  /**
   * Opens data keys of each KEK; a backend that cannot say now is asked again by {@link
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
   * Opens a data key under each version of this KEK, unless that was done before. One that opens
   * proves the KEK: what else does not open then is damaged or disabled, and is said where it is
   * asked for. Only a version that the KEK does not have is said here, too: it has lost it, and
   * would give its number to another.
   *
   * @throws Problem {@link ProblemCode#KEK_NOT_CONFIGURED} when the KEK is another; {@link
   *     ProblemCode#KEK_UNUSABLE}, {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} and {@link
   *     ProblemCode#KEY_BACKEND_THROTTLED} when it cannot be told; {@link ProblemCode#KEK_UNUSABLE}
   *     when it lacks a version that data keys are under
   */
  public void require(KeyRing.Member member) {
    if (proven.contains(member.name())) {
      return;
    }
    Tally all = new Tally();
    Missing missing = null;
    for (Map.Entry<KekVersion, Long> held : store.heldWithout(erased.get()).entrySet()) {
      if (member.covers(held.getKey())) {
        Tally tally = tried(held.getKey());
        all.add(tally);
        if (tally.opened == 0 && tally.refusal != null && isGone(member, held.getKey())) {
          missing = new Missing(held.getKey(), held.getValue());
        }
      }
    }
    judge(member, all);
    if (missing != null) {
      throw missing.problem();
    }
    if (all.opened > 0) {
      proven.add(member.name());
    }
  }

  /** What data keys of a KEK, or of a version of it, said. */
  private static final class Tally {
    private int opened;
    private int closed;
    private @Nullable Problem refusal;

    private void add(Tally other) {
      opened += other.opened;
      closed += other.closed;
      refusal = refusal == null ? other.refusal : refusal;
    }
  }

  private record Missing(KekVersion version, long dataKeys) {
    private Problem problem() {
      return new Problem(
          ProblemCode.KEK_UNUSABLE,
          dataKeys
              + " data keys are under version "
              + version.version()
              + " of the KEK "
              + version.kekId()
              + " of the backend "
              + version.backend()
              + ", which does not have it: restore the KEK from its backup before anything is"
              + " published or rotated; where there is none, erase those versions of models");
    }
  }

  /** Tries some of those under this version, until one opens. */
  private Tally tried(KekVersion version) {
    Tally tally = new Tally();
    for (Entry entry : store.under(version, TRIED)) {
      try {
        keks.unwrap(entry.wrapped(), entry.context()).close();
        tally.opened++;
        return tally;
      } catch (Problem e) {
        if (e.code() == ProblemCode.KEK_UNUSABLE) {
          // Shut out, disabled, or not there at all: no sign of another KEK, and none of this one.
          tally.refusal = e;
        } else if (e.code() == ProblemCode.KEY_UNWRAP_FAILED) {
          tally.closed++;
        } else {
          throw e;
        }
      }
    }
    return tally;
  }

  private static boolean isGone(KeyRing.Member member, KekVersion version) {
    try {
      return !version.version().isEmpty() && member.kek().gone(version.version()).isPresent();
    } catch (Problem e) {
      // The backend keeps its versions to itself, or shuts us out: it was said why.
      if (e.code() == ProblemCode.KEK_ERASE_UNSUPPORTED || e.code() == ProblemCode.KEK_UNUSABLE) {
        return false;
      }
      throw e;
    }
  }

  private void judge(KeyRing.Member member, Tally all) {
    if (all.opened > 0) {
      return;
    }
    String kek = "the KEK " + member.kekId() + " of the backend " + member.backend();
    if (all.closed > 0) {
      throw new Problem(
          ProblemCode.KEK_NOT_CONFIGURED,
          kek
              + " opens none of "
              + all.closed
              + " data keys that name it: "
              + reason(member)
              + "; nothing was changed");
    }
    if (all.refusal != null) {
      throw new Problem(
          ProblemCode.KEK_UNUSABLE,
          kek
              + " opens none of the data keys that name it, and whether it is the one that wrapped"
              + " them cannot be told: "
              + all.refusal.getMessage());
    }
  }

  private String reason(KeyRing.Member member) {
    return lost.of(member).stream()
        .findFirst()
        .map(version ->
            "it does not have version "
                + version.kekVersion()
                + ". Restore it from a backup that is not older than the store, or, where it is"
                + " another KEK of the same name, configure the one that wrapped them")
        .orElse(
            "it is another KEK of the same name. Configure the one that wrapped them, or restore"
                + " store and KEK from the same backup");
  }
}
