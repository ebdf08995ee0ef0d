package dev.strongroom.keyservice.keys;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.kms.DataKeys;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.ledger.Ledger;
import java.time.InstantSource;
import java.util.List;

/**
 * Destroys a former KEK, or an older version of one, that no data key is under any more. What was
 * destroyed is looked for afterwards, and only what is gone is recorded: an entry {@code
 * kek.erased} never says more than was seen.
 */
public final class KekEraser {
  private final KeyRing keks;
  private final DataKeys dataKeys;
  private final WrappedKeyStore store;
  private final Ledger ledger;
  private final InstantSource clock;

  public KekEraser(
      KeyRing keks, DataKeys dataKeys, WrappedKeyStore store, Ledger ledger, InstantSource clock) {
    this.keks = keks;
    this.dataKeys = dataKeys;
    this.store = store;
    this.ledger = ledger;
    this.clock = clock;
  }

  /**
   * What was erased.
   *
   * @param wanted its version is empty for the whole KEK
   * @param remains what the backend keeps, and until when; empty where it keeps nothing
   */
  public record Erased(KekVersion wanted, String remains) {}

  /**
   * Erases. Asked again after the backend's own tool did it, it records that.
   *
   * @param wanted its version is empty for the whole KEK
   * @param by {@code issuer|subject} of who erases
   * @throws Problem {@link ProblemCode#NOT_FOUND} when no such KEK is configured, or it never had
   *     such a version; {@link ProblemCode#KEK_IN_USE}; {@link ProblemCode#KEK_ERASE_UNSUPPORTED};
   *     what backend, ledger and store throw
   */
  public synchronized Erased erase(KekVersion wanted, String by) {
    KeyRing.Member member = member(wanted);
    boolean whole = wanted.version().isEmpty();
    if (whole && isInUse(member)) {
      throw new Problem(
          ProblemCode.KEK_IN_USE,
          "this is the KEK in use: everything is wrapped under it. Name another as kek, this one"
              + " under formerKeks, and run 'strongroom keys migrate' first");
    }
    KekStatus status = whole ? null : member.kek().status();
    if (status != null && wanted.version().equals(status.newestVersion())) {
      throw new Problem(
          ProblemCode.KEK_IN_USE,
          isInUse(member)
              ? "this is the newest version: everything is wrapped under it. Run 'strongroom keys"
                  + " rotate' and 'strongroom keys rewrap' first"
              : "this is the newest version of the former KEK: erase it whole, without"
                  + " --kek-version");
    }
    requireEmpty(member, wanted);
    String remains = "";
    if (status == null || status.versions().contains(wanted.version())) {
      remains = member.kek().destroy(wanted.version());
      requireGone(member, wanted);
    } else {
      requireOnceThere(member, status, wanted);
    }
    // Not asked of the member, which may not know any more what it covered. What is forgotten of
    // another KEK of this kind costs a call.
    dataKeys.forgetUnder(
        under -> under.backend().equals(wanted.backend()) && ends(member, under, wanted));
    String kept = remains;
    ledger.commit(view ->
        new LogEvent.KekErased(
            clock.millis(),
            wanted.backend(),
            wanted.kekId(),
            whole ? null : wanted.version(),
            kept,
            by));
    return new Erased(wanted, remains);
  }

  private KeyRing.Member member(KekVersion wanted) {
    List<KeyRing.Member> named =
        keks.members().stream()
            .filter(member ->
                member.backend().equals(wanted.backend())
                    && member.kekId().equals(wanted.kekId())
                    && (wanted.version().isEmpty() || member.covers(wanted)))
            .toList();
    if (named.isEmpty()) {
      throw new Problem(
          ProblemCode.NOT_FOUND,
          "no such KEK is configured; 'strongroom keys status' lists those that are");
    }
    // Keyset files share one name. The whole of one is erased when it is the only former one.
    List<KeyRing.Member> formers = named.stream().filter(member -> !isInUse(member)).toList();
    if (wanted.version().isEmpty() && formers.size() > 1) {
      throw new Problem(
          ProblemCode.KEK_IN_USE,
          "more than one former KEK has this name: leave one of them in formerKeks, and try again");
    }
    return formers.isEmpty() ? named.getFirst() : formers.getFirst();
  }

  private boolean isInUse(KeyRing.Member member) {
    return member.equals(keks.inUse());
  }

  private void requireEmpty(KeyRing.Member member, KekVersion wanted) {
    long under =
        store.counts().stream()
            .filter(count -> member.covers(count.under()) && ends(member, count.under(), wanted))
            .mapToLong(WrappedKeyStore.Count::dataKeys)
            .sum();
    if (under > 0) {
      throw new Problem(
          ProblemCode.KEK_IN_USE,
          under
              + " data keys are under it and would be lost: run 'strongroom keys "
              + (isInUse(member) ? "rewrap" : "migrate")
              + "' first");
    }
  }

  /** Whether what is under this version would be lost. */
  private static boolean ends(KeyRing.Member member, KekVersion under, KekVersion wanted) {
    if (wanted.version().isEmpty() || under.version().isEmpty()) {
      return true;
    }
    return under.version().equals(wanted.version())
        || (member.kek().destroysOlderVersions()
            && number(under.version()) <= number(wanted.version()));
  }

  private static void requireGone(KeyRing.Member member, KekVersion wanted) {
    if (!wanted.version().isEmpty()
        && member.kek().status().versions().contains(wanted.version())) {
      throw new Problem(
          ProblemCode.KEK_UNUSABLE,
          "the backend says that it destroyed version " + wanted.version() + ", and still has it");
    }
  }

  // Versions that are counted were there once, when a later one is.
  private static void requireOnceThere(KeyRing.Member member, KekStatus status, KekVersion wanted) {
    long version = number(wanted.version());
    if (version < 1 || version >= number(status.newestVersion())) {
      throw new Problem(
          ProblemCode.NOT_FOUND,
          "the KEK " + member.kekId() + " has no version " + wanted.version());
    }
  }

  private static long number(String version) {
    return version.matches("[1-9][0-9]{0,8}") ? Long.parseLong(version) : 0;
  }
}
