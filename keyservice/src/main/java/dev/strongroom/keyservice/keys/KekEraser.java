package dev.strongroom.keyservice.keys;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.kms.DataKeys;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView.Kek;
import dev.strongroom.keyservice.ledger.LedgerView.KekErasure;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Destroys a former KEK, or an older version of one, that no data key is under any more, nor will
 * be by what is under way. The entry {@code kek.erase-begun} is durable before: from then on it may
 * be gone. What was destroyed is looked for afterwards, and only what is gone is recorded: an entry
 * {@code kek.erased} never says more than was seen. What failed in between is asked for again.
 */
public final class KekEraser {
  private final KeyRing keks;
  private final DataKeys dataKeys;
  private final WrappingGate gate;
  private final BooleanSupplier isMoving;
  private final WrappedKeyStore store;
  private final Ledger ledger;
  private final InstantSource clock;

  /**
   * @param dataKeys forgets what was under a KEK that ends
   * @param gate of all that wrap
   * @param isMoving whether data keys are being moved
   */
  public KekEraser(
      KeyRing keks,
      DataKeys dataKeys,
      WrappingGate gate,
      BooleanSupplier isMoving,
      WrappedKeyStore store,
      Ledger ledger,
      InstantSource clock) {
    this.keks = keks;
    this.dataKeys = dataKeys;
    this.gate = gate;
    this.isMoving = isMoving;
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
   * Erases. Asked again after it was done without being recorded, or after the backend's own tool
   * did it, it records that; asked again after that, it says the same.
   *
   * @param wanted its version is empty for the whole KEK
   * @param by {@code issuer|subject} of who erases
   * @throws Problem {@link ProblemCode#NOT_FOUND} when no such KEK is configured, or it never had
   *     such a version; {@link ProblemCode#KEK_IN_USE}, also while data keys move or are wrapped;
   *     {@link ProblemCode#KEK_ERASE_UNSUPPORTED}; what backend, ledger and store throw
   */
  public synchronized Erased erase(KekVersion wanted, String by) {
    // Looked at first, too: who waits at the gate keeps others from wrapping.
    requireNoMove();
    try (WrappingGate.Passage _ = gate.destroying()) {
      requireNoMove();
      Kek kek = new Kek(wanted.backend(), wanted.kekId(), wanted.version());
      Optional<KekErasure> before = ledger.view().kekErasure(kek);
      KeyRing.Member member = member(wanted, before.isPresent());
      requireErasable(member, wanted);
      if (isRecorded(before)) {
        Optional<String> gone = member.kek().gone(wanted.version());
        if (gone.isPresent()) {
          ledger.requireDurable(before.orElseThrow().index());
          return new Erased(wanted, gone.get());
        }
      }
      String remains = gone(member, wanted, before, by);
      // Not asked of the member, which may not know any more what it covered. What is forgotten of
      // another KEK of this kind costs a call.
      dataKeys.forgetUnder(
          under -> under.backend().equals(wanted.backend()) && ends(member, under, wanted));
      ledger.commit(view ->
          new LogEvent.KekErased(
              clock.millis(), wanted.backend(), wanted.kekId(), version(wanted), remains, by));
      return new Erased(wanted, remains);
    }
  }

  /**
   * Looks whether {@link #erase} would begin now. Changes nothing.
   *
   * @throws Problem {@link ProblemCode#NOT_FOUND}, {@link ProblemCode#KEK_IN_USE}, {@link
   *     ProblemCode#KEK_ERASE_UNSUPPORTED}; what backend and store throw
   */
  public void look(KekVersion wanted) {
    requireNoMove();
    Kek kek = new Kek(wanted.backend(), wanted.kekId(), wanted.version());
    requireErasable(member(wanted, ledger.view().kekErasure(kek).isPresent()), wanted);
  }

  private void requireErasable(KeyRing.Member member, KekVersion wanted) {
    if (!wanted.version().isEmpty()) {
      // Asked first: where no version can be erased, no rewrap helps.
      var _ = member.kek().gone(wanted.version());
    }
    requireNotInUse(member, wanted);
    requireEmpty(member, wanted);
  }

  private static boolean isRecorded(Optional<KekErasure> before) {
    return before.filter(each -> each.stage() == KekErasure.Stage.DONE).isPresent();
  }

  /** Sees that it is gone, and destroys it where it is not. */
  private String gone(
      KeyRing.Member member, KekVersion wanted, Optional<KekErasure> before, String by) {
    String version = wanted.version();
    Optional<String> gone = member.kek().gone(version);
    if (gone.isPresent()) {
      requireUnrecorded(member, wanted, before);
      return gone.get();
    }
    ledger.commit(view ->
        new LogEvent.KekEraseBegun(
            clock.millis(), wanted.backend(), wanted.kekId(), version(wanted), by));
    member.kek().destroy(version);
    return member
        .kek()
        .gone(version)
        .orElseThrow(() ->
            new Problem(
                ProblemCode.KEK_UNUSABLE,
                "the backend says that it destroyed "
                    + (version.isEmpty() ? "the KEK" : "version " + version)
                    + ", and still has it"));
  }

  private void requireNoMove() {
    if (isMoving.getAsBoolean()) {
      throw new Problem(
          ProblemCode.KEK_IN_USE,
          "data keys are being moved: wait until 'strongroom keys status' says that it is done");
    }
  }

  private KeyRing.Member member(KekVersion wanted, boolean isOfTheLog) {
    List<KeyRing.Member> named =
        keks.members().stream()
            .filter(member ->
                member.backend().equals(wanted.backend()) && member.kekId().equals(wanted.kekId()))
            .toList();
    if (wanted.version().isEmpty()) {
      return whole(named);
    }
    return named.stream()
        .filter(member -> member.covers(wanted))
        .findFirst()
        // A key that is out of its keyset file is of none any more, unless it came back.
        .or(() -> isOfTheLog ? stillThere(named, wanted.version()) : Optional.empty())
        .orElseThrow(KekEraser::unknown);
  }

  private static Optional<KeyRing.Member> stillThere(List<KeyRing.Member> named, String version) {
    return named.stream()
        .filter(member -> member.kek().gone(version).isEmpty())
        .findFirst()
        .or(() -> named.stream().findFirst());
  }

  // Keyset files share one name. The whole of one is erased when it is the only former one.
  private KeyRing.Member whole(List<KeyRing.Member> named) {
    if (named.isEmpty()) {
      throw unknown();
    }
    List<KeyRing.Member> formers = named.stream().filter(member -> !isInUse(member)).toList();
    if (formers.size() > 1) {
      throw new Problem(
          ProblemCode.KEK_IN_USE,
          "more than one former KEK has this name: leave one of them in formerKeks, and try again");
    }
    return formers.isEmpty() ? named.getFirst() : formers.getFirst();
  }

  private static Problem unknown() {
    return new Problem(
        ProblemCode.NOT_FOUND,
        "no such KEK is configured; 'strongroom keys status' lists those that are");
  }

  private boolean isInUse(KeyRing.Member member) {
    return member.equals(keks.inUse());
  }

  private void requireNotInUse(KeyRing.Member member, KekVersion wanted) {
    if (wanted.version().isEmpty()) {
      if (isInUse(member)) {
        throw new Problem(
            ProblemCode.KEK_IN_USE,
            "this is the KEK in use: everything is wrapped under it. Name another as kek, this one"
                + " under formerKeks, and run 'strongroom keys migrate' first");
      }
    } else if (wanted.version().equals(member.kek().status().newestVersion())) {
      throw new Problem(
          ProblemCode.KEK_IN_USE,
          isInUse(member)
              ? "this is the newest version: everything is wrapped under it. Run 'strongroom keys"
                  + " rotate' and 'strongroom keys rewrap' first"
              : "this is the newest version of the former KEK: erase it whole, without"
                  + " --kek-version");
    }
  }

  private void requireEmpty(KeyRing.Member member, KekVersion wanted) {
    long under =
        store.counts().stream()
            .filter(count ->
                count.under().equals(wanted)
                    || (member.covers(count.under()) && ends(member, count.under(), wanted)))
            .mapToLong(WrappedKeyStore.Count::dataKeys)
            .sum();
    if (under > 0) {
      throw new Problem(
          ProblemCode.KEK_IN_USE,
          (under == 1 ? "1 data key is" : under + " data keys are")
              + " under it and would be lost: run 'strongroom keys "
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

  /**
   * That it is not recorded yet, and was there once: because its erasure had begun, or because it
   * is configured, or because it is counted and a later one is there.
   */
  private static void requireUnrecorded(
      KeyRing.Member member, KekVersion wanted, Optional<KekErasure> before) {
    if (before.isEmpty() && !wanted.version().isEmpty()) {
      requireOnceThere(member, wanted);
    }
  }

  private static void requireOnceThere(KeyRing.Member member, KekVersion wanted) {
    String newest = member.kek().status().newestVersion();
    long version = number(wanted.version());
    if (version < 1 || version >= number(newest)) {
      throw new Problem(
          ProblemCode.NOT_FOUND,
          "the KEK " + member.kekId() + " has no version " + wanted.version());
    }
  }

  private static @Nullable String version(KekVersion wanted) {
    return wanted.version().isEmpty() ? null : wanted.version();
  }

  private static long number(String version) {
    return version.matches("[1-9][0-9]{0,8}") ? Long.parseLong(version) : 0;
  }
}
