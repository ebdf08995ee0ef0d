package dev.strongroom.keyservice.http;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.grant.Authoriser;
import dev.strongroom.keyservice.keys.DataKeyEraser;
import dev.strongroom.keyservice.keys.KekEraser;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.proof.ProvenCaller;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Crypto-erase: of one model version, and of a KEK that nothing is under. */
public final class EraseRoutes {
  private static final int MAX_BODY = 4_096;

  /** The store is written anew; whoever asks again after that is told the same. */
  private static final Duration LONG = Duration.ofMinutes(6);

  private static final List<Action> KEEPERS = List.of(Action.KEYS);

  /** What no command of this service reaches. */
  private static final List<String> REMAINS =
      List.of(
          "backups of the store, and what its disk keeps of blocks that were given up",
          "replicas of the store",
          "data keys and weights that were delivered before; our own copies are wiped with their"
              + " leases",
          "the ciphertext in object storage, which opens for nobody without the data key");

  private final Callers callers;
  private final Authoriser authoriser;
  private final DataKeyEraser dataKeys;
  private final KekEraser keks;

  public EraseRoutes(
      Callers callers, Authoriser authoriser, DataKeyEraser dataKeys, KekEraser keks) {
    this.callers = callers;
    this.authoriser = authoriser;
    this.dataKeys = dataKeys;
    this.keks = keks;
  }

  public List<Route> routes() {
    return List.of(
        Route.withBody(
                HttpMethod.POST, "/v1/keys/erase", MAX_BODY, callers.proven(this::eraseDataKey))
            .within(LONG),
        Route.withBody(
            HttpMethod.POST, "/v1/keys/erase-kek", MAX_BODY, callers.proven(this::eraseKek)));
  }

  private Answer eraseDataKey(Call call, ProvenCaller caller) {
    Wanted wanted = call.body(Wanted.class);
    authoriser.require(KEEPERS, caller, wanted.model(), wanted.version(), call.peerAddress());
    ModelVersion target = new ModelVersion(wanted.model(), wanted.version());
    if (isDryRun(wanted.dryRun())) {
      dataKeys.look(target);
      return Answer.empty();
    }
    return Answer.json(ErasedKey.of(dataKeys.erase(target, caller.identity().canonical())));
  }

  private Answer eraseKek(Call call, ProvenCaller caller) {
    WantedKek wanted = call.body(WantedKek.class);
    authoriser.require(KEEPERS, caller, null, null, call.peerAddress());
    KekVersion kek =
        new KekVersion(
            wanted.backend(), wanted.kek(), wanted.version() == null ? "" : wanted.version());
    if (isDryRun(wanted.dryRun())) {
      keks.look(kek);
      return Answer.empty();
    }
    KekEraser.Erased erased = keks.erase(kek, caller.identity().canonical());
    return Answer.json(
        new ErasedKek(wanted.backend(), wanted.kek(), wanted.version(), remaining(erased)));
  }

  private static boolean isDryRun(@Nullable Boolean wanted) {
    return Boolean.TRUE.equals(wanted);
  }

  private static List<String> remaining(KekEraser.Erased erased) {
    List<String> remains = new ArrayList<>();
    if (!erased.remains().isEmpty()) {
      remains.add(erased.remains());
    }
    remains.add("backups and copies of the key that were made with the backend's own tools");
    return remains;
  }

  /**
   * The version whose data key is to be erased.
   *
   * @param dryRun whether only to look if it can be; null for no
   */
  public record Wanted(ModelName model, VersionId version, @Nullable Boolean dryRun) {
    public Wanted {
      Require.present(model, "model");
      Require.present(version, "version");
    }
  }

  /**
   * The KEK that is to be erased.
   *
   * @param version null for all of it
   * @param dryRun whether only to look if it can be; null for no
   */
  public record WantedKek(
      String backend, String kek, @Nullable String version, @Nullable Boolean dryRun) {
    public WantedKek {
      Require.present(backend, "backend");
      Require.present(kek, "kek");
      Require.that(version == null || !version.isBlank(), "name a version, or leave it out");
    }
  }

  /**
   * What was erased.
   *
   * @param manifestDigest null where it was a draft
   * @param kekVersion empty where the backend keeps its versions to itself
   * @param revocation null where it was lifted before this was asked again
   * @param remains what is not reached by it, for people
   */
  public record ErasedKey(
      ModelName model,
      VersionId version,
      DataKeyId dataKeyId,
      @Nullable Sha256Digest manifestDigest,
      String backend,
      String kek,
      String kekVersion,
      @Nullable RevocationId revocation,
      List<LeaseId> ended,
      List<LeaseId> pending,
      List<String> remains) {
    public ErasedKey {
      ended = List.copyOf(ended);
      pending = List.copyOf(pending);
      remains = List.copyOf(remains);
    }

    static ErasedKey of(DataKeyEraser.Erased erased) {
      return new ErasedKey(
          erased.target().model(),
          erased.target().version(),
          erased.dataKeyId(),
          erased.manifestDigest(),
          erased.under().backend(),
          erased.under().kekId(),
          erased.under().version(),
          erased.revocation(),
          erased.ended(),
          erased.pending(),
          REMAINS);
    }
  }

  /** What was erased, and what of it remains. */
  public record ErasedKek(
      String backend, String kek, @Nullable String version, List<String> remains) {
    public ErasedKek {
      remains = List.copyOf(remains);
    }
  }
}
