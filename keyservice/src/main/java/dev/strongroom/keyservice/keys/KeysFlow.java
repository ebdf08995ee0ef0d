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
   */
  public record Status(
      KekStatus kek,
      String trouble,
      List<Former> formerKeks,
      List<WrappedKeyStore.Count> dataKeys,
      MoveProgress rewrap,
      MoveProgress migration) {
    public Status {
      formerKeks = List.copyOf(formerKeks);
      dataKeys = List.copyOf(dataKeys);
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
    Told told = ask(keks.inUse());
    return new Status(
        told.kek(),
        told.trouble(),
        keks.formers().stream().map(former -> look(former, counts)).toList(),
        counts,
        rewrap.progress(),
        migration.progress());
  }

  private static Former look(KeyRing.Member former, List<WrappedKeyStore.Count> counts) {
    long dataKeys =
        counts.stream()
            .filter(count -> former.covers(count.under()))
            .mapToLong(WrappedKeyStore.Count::dataKeys)
            .sum();
    Told told = ask(former);
    return new Former(told.kek(), dataKeys, told.trouble());
  }

  /** What a backend tells of a KEK, or why it does not. */
  private record Told(KekStatus kek, String trouble) {}

  private static Told ask(KeyRing.Member member) {
    try {
      return new Told(member.kek().status(), "");
    } catch (Problem e) {
      return new Told(
          new KekStatus(member.backend(), member.kekId(), "", List.of()), e.code().wireName());
    }
  }

  /**
   * Makes a new version of the KEK in use. That it begins is in the log before: nothing is rotated
   * while there is no log.
   *
   * @param by {@code issuer|subject} of who rotates
   * @throws Problem {@link ProblemCode#KEK_ROTATION_UNSUPPORTED}; what backend and ledger throw
   */
  public KekStatus rotate(String by) {
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
   */
  public MoveProgress rewrap(String by) {
    return rewrap.begin(by);
  }

  /**
   * Begins to move all data keys under former KEKs to the KEK in use, unless that is under way.
   * Returns at once.
   *
   * @param by {@code issuer|subject} of who asks for it
   */
  public MoveProgress migrate(String by) {
    return migration.begin(by);
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
