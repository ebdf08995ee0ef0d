package dev.strongroom.core.id;

/** One version of one model: what a grant is for. */
public record ModelVersion(ModelName model, VersionId version) implements Comparable<ModelVersion> {

  /**
   * Parses {@code organisation/name:version}.
   *
   * @throws dev.strongroom.core.problem.Problem when either part has another form
   */
  public static ModelVersion parse(String text) {
    int colon = text.indexOf(':');
    String model = colon < 0 ? text : text.substring(0, colon);
    String version = colon < 0 ? "" : text.substring(colon + 1);
    return new ModelVersion(new ModelName(model), new VersionId(version));
  }

  @Override
  public int compareTo(ModelVersion other) {
    int byModel = model.compareTo(other.model);
    return byModel != 0 ? byModel : version.compareTo(other.version);
  }

  @Override
  public String toString() {
    return model + ":" + version;
  }
}
