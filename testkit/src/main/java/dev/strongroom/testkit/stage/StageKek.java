package dev.strongroom.testkit.stage;

import java.util.Map;

/**
 * Where the key service of a stage has its KEK.
 *
 * @param yaml the whole section {@code kek} of the configuration; empty for a keyset file
 * @param environment of the key service, for what the backend's library reads there
 */
public record StageKek(String yaml, Map<String, String> environment) {
  /** A keyset file beside the store. */
  public static final StageKek FILE = new StageKek("", Map.of());

  public StageKek {
    environment = Map.copyOf(environment);
  }
}
