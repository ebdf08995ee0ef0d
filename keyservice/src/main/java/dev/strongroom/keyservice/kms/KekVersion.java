package dev.strongroom.keyservice.kms;

/**
 * One version of one KEK, as a wrapped key names what it is under.
 *
 * @param backend the kind of backend, for example {@code tink}
 * @param kekId the KEK, as the backend names it
 * @param version empty where the backend keeps its versions to itself
 */
public record KekVersion(String backend, String kekId, String version) {

  /** What a wrapped key says. Nothing is verified by that: unwrapping does. */
  public static KekVersion of(WrappedKey wrapped) {
    return new KekVersion(wrapped.backend(), wrapped.kekId(), wrapped.kekVersion());
  }
}
