package dev.strongroom.keyservice.keys;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.catalog.WrappedKeyStore.Count;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyRing;
import java.util.List;

/**
 * KEK versions that data keys are under and that the KEK does not have: it was restored from before
 * the store. Its next version would get the number of the lost one, with other material, and
 * nothing could tell the two apart any more. Asks the backend each time, because a KEK can be
 * restored while the service runs. A backend that keeps its versions to itself is believed.
 */
public final class MissingVersions {
  private final WrappedKeyStore store;

  public MissingVersions(WrappedKeyStore store) {
    this.store = store;
  }

  /**
   * What this KEK lacks.
   *
   * @throws Problem what backend and store throw
   */
  public List<Count> of(KeyRing.Member member) {
    List<Count> named = named(member);
    return named.isEmpty() ? named : of(member, member.kek().status());
  }

  /** The same of a KEK that was asked a moment ago. */
  List<Count> of(KeyRing.Member member, KekStatus told) {
    if (told.versions().isEmpty()) {
      return List.of();
    }
    return named(member).stream()
        .filter(count -> !told.versions().contains(count.kekVersion()) && isGone(member, count))
        // Counted again: what was moved meanwhile left its version to whoever erases it.
        .filter(count -> named(member).stream().anyMatch(now -> now.under().equals(count.under())))
        .toList();
  }

  private List<Count> named(KeyRing.Member member) {
    return store.counts().stream()
        .filter(count -> !count.kekVersion().isEmpty() && member.covers(count.under()))
        .toList();
  }

  // A version that is disabled or shut out is there, and comes back when it is let in again.
  private static boolean isGone(KeyRing.Member member, Count count) {
    try {
      return member.kek().gone(count.kekVersion()).isPresent();
    } catch (Problem e) {
      if (e.code() == ProblemCode.KEK_ERASE_UNSUPPORTED) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Refuses a KEK that lacks a version.
   *
   * @throws Problem {@link ProblemCode#KEK_UNUSABLE} with the number of data keys; what {@link #of}
   *     throws
   */
  public void requireNone(KeyRing.Member member) {
    for (Count lost : of(member)) {
      throw new Problem(
          ProblemCode.KEK_UNUSABLE,
          lost.dataKeys()
              + (lost.dataKeys() == 1 ? " data key names" : " data keys name")
              + " version "
              + lost.kekVersion()
              + " of the KEK "
              + lost.kekId()
              + " of the backend "
              + lost.backend()
              + ", which does not have it: restore the KEK from a backup that is not older than"
              + " the store, and rotate and move nothing before");
    }
  }
}
