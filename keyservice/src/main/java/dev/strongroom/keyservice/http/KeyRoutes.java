package dev.strongroom.keyservice.http;

import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.keys.KeysFlow;
import dev.strongroom.keyservice.keys.RewrapProgress;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.policy.Action;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Locale;

/** The KEK: its state, its rotation, and moving data keys to its newest version. */
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
                (call, caller) -> Answer.json(Kek.of(flow.rotate(caller.identity().canonical()))))),
        Route.of(
            HttpMethod.POST,
            "/v1/keys/rewrap",
            callers.allowed(
                KEEPERS,
                (call, caller) ->
                    Answer.json(Rewrap.of(flow.rewrap(caller.identity().canonical()))))));
  }

  /** Answer to the question for the state. */
  public record Keys(Kek kek, List<Held> dataKeys, Rewrap rewrap) {
    public Keys {
      dataKeys = List.copyOf(dataKeys);
    }

    static Keys of(KeysFlow.Status status) {
      return new Keys(
          Kek.of(status.kek()),
          status.dataKeys().stream().map(Held::of).toList(),
          Rewrap.of(status.rewrap()));
    }
  }

  /**
   * The KEK as its backend tells of it.
   *
   * @param newestVersion empty where the backend keeps its versions to itself
   */
  public record Kek(String backend, String kek, String newestVersion, List<String> versions) {
    public Kek {
      versions = List.copyOf(versions);
    }

    static Kek of(KekStatus status) {
      return new Kek(status.backend(), status.kekId(), status.newestVersion(), status.versions());
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
   */
  public record Rewrap(String state, long looked, long rewrapped, long failed, String stoppedBy) {
    static Rewrap of(RewrapProgress progress) {
      return new Rewrap(
          progress.state().name().toLowerCase(Locale.ROOT),
          progress.looked(),
          progress.rewrapped(),
          progress.failed(),
          progress.stoppedBy());
    }
  }
}
