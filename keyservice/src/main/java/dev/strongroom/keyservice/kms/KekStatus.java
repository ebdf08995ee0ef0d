package dev.strongroom.keyservice.kms;

import java.util.List;

/**
 * A KEK as its backend tells of it now.
 *
 * @param backend the kind of backend, for example {@code tink}
 * @param kekId the KEK, as the backend names it
 * @param newestVersion what new wrappings are under; empty where the backend keeps that to itself,
 *     and after a rotation that it has not put to use yet
 * @param versions those that the backend tells of and that still unwrap, oldest first; empty where
 *     it keeps them to itself
 */
public record KekStatus(String backend, String kekId, String newestVersion, List<String> versions) {
  public KekStatus {
    versions = List.copyOf(versions);
  }
}
