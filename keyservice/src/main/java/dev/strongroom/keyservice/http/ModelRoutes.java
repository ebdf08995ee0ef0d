package dev.strongroom.keyservice.http;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.Catalog.PublishedVersion;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.publish.PublishFlow;
import io.vertx.core.http.HttpMethod;
import java.util.List;

/** What is published. */
public final class ModelRoutes {
  private static final List<Action> READERS = List.of(Action.AUDIT, Action.PUBLISH, Action.DECRYPT);

  /** The entry names who published, which readers of the weights need not learn. */
  private static final List<Action> WITNESSES = List.of(Action.AUDIT, Action.PUBLISH);

  private final Callers callers;
  private final Catalog catalog;
  private final PublishFlow publishing;

  public ModelRoutes(Callers callers, Catalog catalog, PublishFlow publishing) {
    this.callers = callers;
    this.catalog = catalog;
    this.publishing = publishing;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
            HttpMethod.GET,
            "/v1/models/{org}/{name}/versions",
            callers.allowed(
                READERS, ModelRoutes::model, call -> null, (call, caller) -> list(call))),
        Route.of(
            HttpMethod.GET,
            "/v1/models/{org}/{name}/versions/{version}",
            callers.allowed(
                READERS, ModelRoutes::model, ModelRoutes::version, (call, caller) -> one(call))),
        Route.of(
            HttpMethod.GET,
            "/v1/models/{org}/{name}/versions/{version}/receipt",
            callers.allowed(
                WITNESSES,
                ModelRoutes::model,
                ModelRoutes::version,
                (call, caller) -> receipt(call))));
  }

  private static ModelName model(Call call) {
    return new ModelName(call.parameter("org") + "/" + call.parameter("name"));
  }

  private static VersionId version(Call call) {
    return new VersionId(call.parameter("version"));
  }

  private Answer list(Call call) {
    return Answer.json(
        new Versions(catalog.versionsOf(model(call)).stream().map(Summary::of).toList()));
  }

  private Answer one(Call call) {
    PublishedVersion found = catalog.published(new ModelVersion(model(call), version(call)));
    return Answer.json(new Detail(Summary.of(found), found.envelope()));
  }

  private Answer receipt(Call call) {
    return Answer.json(publishing.publicationOf(new ModelVersion(model(call), version(call))));
  }

  /** Answer to the list. */
  public record Versions(List<Summary> versions) {
    public Versions {
      versions = List.copyOf(versions);
    }
  }

  /**
   * One version.
   *
   * @param publishedAt seconds since the epoch
   * @param bytes of ciphertext
   */
  public record Summary(
      ModelName model,
      VersionId version,
      Sha256Digest manifestDigest,
      DataKeyId dataKeyId,
      int files,
      long bytes,
      long publishedAt) {
    static Summary of(PublishedVersion version) {
      return new Summary(
          version.target().model(),
          version.target().version(),
          version.manifestDigest(),
          version.dataKeyId(),
          version.objects().size(),
          version.objects().stream().mapToLong(Catalog.StoredObject::size).sum(),
          version.publishedAt());
    }
  }

  /**
   * One version with what its publisher signed.
   *
   * @param manifest the bytes of the DSSE envelope
   */
  public record Detail(Summary version, Blob manifest) {}
}
