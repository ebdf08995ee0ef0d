package dev.strongroom.keyservice.http;

import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.keys.KeysFlow;
import dev.strongroom.keyservice.keys.MoveProgress;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.policy.Action;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Locale;

/** KEKs: their state, rotation, and moving data keys between them and their versions. */
public final class KeyRoutes {
  private static final List<Action> KEEPERS = List.of(Action.KEYS);

  private final Callers callers;
  private final KeysFlow flow;

  public KeyRoutes(Callers callers, KeysFlow flow) {
    this.callers = callers;
    this.flow = flow;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
            HttpMethod.GET,
            "/v1/keys",
            callers.allowed(KEEPERS, (call, caller) -> Answer.json(Keys.of(flow.status())))),
        Route.of(
            HttpMethod.POST,
            "/v1/keys/rotate",
            callers.allowed(
                KEEPERS,
                (call, caller) ->
                    Answer.json(Kek.of(flow.rotate(caller.identity().canonical()), "")))),
        Route.of(
            HttpMethod.POST,
            "/v1/keys/rewrap",
            callers.allowed(
                KEEPERS,
                (call, caller) ->
                    Answer.json(Rewrap.of(flow.rewrap(caller.identity().canonical()))))),
        Route.of(
            HttpMethod.POST,
            "/v1/keys/migrate",
            callers.allowed(
                KEEPERS,
                (call, caller) ->
                    Answer.json(Migration.of(flow.migrate(caller.identity().canonical()))))));
  }

  /**
   * Answer to the question for the state.
   *
   * @param missing of the data keys, those whose KEK does not have the version
   */
  public record Keys(
      Kek kek,
      List<Former> formerKeks,
      List<Held> dataKeys,
      List<Held> missing,
      Rewrap rewrap,
      Migration migration) {
    public Keys {
      formerKeks = List.copyOf(formerKeks);
      dataKeys = List.copyOf(dataKeys);
      missing = List.copyOf(missing);
    }

    static Keys of(KeysFlow.Status status) {
      return new Keys(
          Kek.of(status.kek(), status.trouble()),
          status.formerKeks().stream().map(Former::of).toList(),
          status.dataKeys().stream().map(Held::of).toList(),
          status.missing().stream().map(Held::of).toList(),
          Rewrap.of(status.rewrap()),
          Migration.of(status.migration()));
    }
  }

  /**
   * A former KEK.
   *
   * @param dataKeys still under it
   * @param removable whether nothing is under it, so that it may leave the configuration
   * @param trouble a stable code of why its backend tells nothing of it; empty otherwise
   */
  public record Former(
      String backend,
      String kek,
      String newestVersion,
      List<String> versions,
      long dataKeys,
      boolean removable,
      String trouble) {
    public Former {
      versions = List.copyOf(versions);
    }

    static Former of(KeysFlow.Former former) {
      KekStatus kek = former.kek();
      return new Former(
          kek.backend(),
          kek.kekId(),
          kek.newestVersion(),
          kek.versions(),
          former.dataKeys(),
          former.dataKeys() == 0,
          former.trouble());
    }
  }

  /**
   * The KEK as its backend tells of it.
   *
   * @param newestVersion empty where the backend keeps its versions to itself, or does not tell
   * @param trouble a stable code of why its backend tells nothing of it; empty otherwise
   */
  public record Kek(
      String backend, String kek, String newestVersion, List<String> versions, String trouble) {
    public Kek {
      versions = List.copyOf(versions);
    }

    static Kek of(KekStatus status, String trouble) {
      return new Kek(
          status.backend(), status.kekId(), status.newestVersion(), status.versions(), trouble);
    }
  }

  /** How many data keys of drafts and versions are under one KEK version. */
  public record Held(String backend, String kek, String version, long count) {
    static Held of(WrappedKeyStore.Count count) {
      return new Held(count.backend(), count.kekId(), count.kekVersion(), count.dataKeys());
    }
  }

  /**
   * How far a rewrap is.
   *
   * @param state none, running, done or stopped
   * @param stoppedBy a stable code; empty otherwise
   * @param waitsFor a stable code of a backend's trouble, while it waits; empty otherwise
   */
  public record Rewrap(
      String state, long looked, long rewrapped, long failed, String stoppedBy, String waitsFor) {
    static Rewrap of(MoveProgress progress) {
      return new Rewrap(
          wireName(progress.state()),
          progress.looked(),
          progress.moved(),
          progress.failed(),
          progress.stoppedBy(),
          progress.waitsFor());
    }
  }

  /**
   * How far a migration is.
   *
   * @param state none, running, done or stopped
   * @param stoppedBy a stable code; empty otherwise
   * @param waitsFor a stable code of a backend's trouble, while it waits; empty otherwise
   */
  public record Migration(
      String state, long looked, long migrated, long failed, String stoppedBy, String waitsFor) {
    static Migration of(MoveProgress progress) {
      return new Migration(
          wireName(progress.state()),
          progress.looked(),
          progress.moved(),
          progress.failed(),
          progress.stoppedBy(),
          progress.waitsFor());
    }
  }

  private static String wireName(MoveProgress.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
