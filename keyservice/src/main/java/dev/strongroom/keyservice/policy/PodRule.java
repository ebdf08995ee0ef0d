package dev.strongroom.keyservice.policy;

import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.yaml.Default;
import java.util.List;
import java.util.Locale;

/**
 * What pods may look like that get the weights of these models; the most specific pattern decides.
 * Where no rule speaks of a model, nothing of it is allowed.
 *
 * @param allow what is refused otherwise
 * @param hostPaths paths of the node that may be among the volumes, these and what is below them
 * @param capabilities that containers may add, without {@code CAP_}, besides those that Pod
 *     Security's baseline has
 */
public record PodRule(
    List<ModelPattern> models,
    @Default("") List<PodFeature> allow,
    @Default("") List<String> hostPaths,
    @Default("") List<String> capabilities) {

  /** Where no rule speaks of a model. */
  public static final PodRule PRESET =
      new PodRule(List.of(new ModelPattern("*")), List.of(), List.of(), List.of());

  public PodRule {
    models = List.copyOf(models);
    allow = List.copyOf(allow);
    hostPaths = List.copyOf(hostPaths);
    capabilities = List.copyOf(capabilities);
    check(!models.isEmpty(), "models may not be empty");
    check(
        hostPaths.stream().allMatch(PodRule::isPath),
        "hostPaths: absolute paths without '..' or a slash at the end are wanted");
    check(
        capabilities.stream()
            .allMatch(
                name -> name.equals(name.toUpperCase(Locale.ROOT)) && !name.startsWith("CAP_")),
        "capabilities: names in upper case without CAP_ are wanted");
  }

  private static boolean isPath(String path) {
    return path.startsWith("/")
        && (path.equals("/") || !path.endsWith("/"))
        && !List.of(path.split("/", -1)).contains("..");
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, message);
    }
  }
}
