package dev.strongroom.keyservice.keys;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.ledger.Ledger;
import java.time.InstantSource;
import java.util.List;

/** What an administrator does with KEKs while the service serves. */
public final class KeysFlow implements AutoCloseable {
  private final KeyRing keks;
  private final WrappedKeyStore store;
  private final MissingVersions missing;
  private final Ledger ledger;
  private final InstantSource clock;
  private final BackgroundMove rewrap;
  private final BackgroundMove migration;

  public KeysFlow(
      KeyRing keks,
      WrappingGate gate,
      WrappedKeyStore store,
      Catalog catalog,
      Ledger ledger,
      InstantSource clock) {
    this.keks = keks;
    this.store = store;
    this.missing = new MissingVersions(store);
    this.ledger = ledger;
    this.clock = clock;
    DataKeyMover mover = new DataKeyMover(keks, gate, store, catalog, ledger, clock, Thread::sleep);
    this.rewrap = new BackgroundMove(mover, DataKeyMover.Kind.REWRAP);
    this.migration = new BackgroundMove(mover, DataKeyMover.Kind.MIGRATE);
  }

  /**
   * The KEKs, where the data keys are, and how far moving them is.
   *
   * @param kek the one in use
   * @param trouble the code of why the backend of the one in use does not tell of it; empty where
   *     it does
   * @param dataKeys by KEK version
   * @param missing of these, the ones whose KEK does not have the version
   */
  public record Status(
      KekStatus kek,
      String trouble,
      List<Former> formerKeks,
      List<WrappedKeyStore.Count> dataKeys,
      List<WrappedKeyStore.Count> missing,
      MoveProgress rewrap,
      MoveProgress migration) {
    public Status {
      formerKeks = List.copyOf(formerKeks);
      dataKeys = List.copyOf(dataKeys);
      missing = List.copyOf(missing);
    }
  }

  /**
   * A former KEK.
   *
   * @param dataKeys still under it; where there is none, it may leave the configuration
   * @param trouble the code of why its backend does not tell of it; empty where it does
   */
  public record Former(KekStatus kek, long dataKeys, String trouble) {}

  /** Asks the backends and the store. A KEK that is away does not hide the rest. */
  public Status status() {
    List<WrappedKeyStore.Count> counts = store.counts();
    List<Told> told = keks.members().stream().map(this::ask).toList();
    return new Status(
        told.getFirst().kek(),
        told.getFirst().trouble(),
        told.stream().skip(1).map(former -> former(former, counts)).toList(),
        counts,
        told.stream().flatMap(each -> each.missing().stream()).toList(),
        rewrap.progress(),
        migration.progress());
  }

  private static Former former(Told former, List<WrappedKeyStore.Count> counts) {
    long dataKeys =
        counts.stream()
            .filter(count -> former.member().covers(count.under()))
            .mapToLong(WrappedKeyStore.Count::dataKeys)
            .sum();
    return new Former(former.kek(), dataKeys, former.trouble());
  }

  /** What a backend tells of a KEK, or why it does not. */
  private record Told(
      KeyRing.Member member, KekStatus kek, List<WrappedKeyStore.Count> missing, String trouble) {}

  private Told ask(KeyRing.Member member) {
    try {
      KekStatus kek = member.kek().status();
      return new Told(member, kek, missing.of(member, kek), "");
    } catch (Problem e) {
      return new Told(
          member,
          new KekStatus(member.backend(), member.kekId(), "", List.of()),
          List.of(),
          e.code().wireName());
    }
  }

  /**
   * Makes a new version of the KEK in use. That it begins is in the log before: nothing is rotated
   * while there is no log, nor while the KEK lacks a version that data keys are under.
   *
   * @param by {@code issuer|subject} of who rotates
   * @throws Problem {@link ProblemCode#KEK_ROTATION_UNSUPPORTED}; {@link ProblemCode#KEK_UNUSABLE}
   *     when a version is missing; what backend and ledger throw
   */
  public KekStatus rotate(String by) {
    missing.requireNone(keks.inUse());
    ledger.commit(view ->
        new LogEvent.KekRotateBegun(
            clock.millis(), keks.inUse().backend(), keks.inUse().kekId(), by));
    KekStatus rotated = keks.rotate();
    ledger.commit(view ->
        new LogEvent.KekRotated(
            clock.millis(), rotated.backend(), rotated.kekId(), rotated.newestVersion(), by));
    return rotated;
  }

  /**
   * Begins to move all data keys under the KEK in use to its newest version, unless that is under
   * way. Returns at once.
   *
   * @param by {@code issuer|subject} of who asks for it
   * @throws Problem {@link ProblemCode#KEK_UNUSABLE} when a version of a KEK is missing
   */
  public MoveProgress rewrap(String by) {
    requireComplete();
    return rewrap.begin(by);
  }

  /**
   * Begins to move all data keys under former KEKs to the KEK in use, unless that is under way.
   * Returns at once.
   *
   * @param by {@code issuer|subject} of who asks for it
   * @throws Problem {@link ProblemCode#KEK_UNUSABLE} when a version of a KEK is missing
   */
  public MoveProgress migrate(String by) {
    requireComplete();
    return migration.begin(by);
  }

  // Said at once where it can be told now. The move waits for a backend that is away, and asks
  // then.
  private void requireComplete() {
    for (KeyRing.Member member : keks.members()) {
      try {
        missing.requireNone(member);
      } catch (Problem e) {
        if (!DataKeyMover.passes(e)) {
          throw e;
        }
      }
    }
  }

  /** Whether data keys move, of either kind. */
  public boolean isMoving() {
    return rewrap.progress().state() == MoveProgress.State.RUNNING
        || migration.progress().state() == MoveProgress.State.RUNNING;
  }

  /** Stops what moves between two keys; a later one goes on. */
  @Override
  public void close() {
    rewrap.close();
    migration.close();
  }
}
