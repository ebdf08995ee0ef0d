package dev.strongroom.keyservice.config.yaml;

/**
 * One thing that is wrong in a file.
 *
 * @param line counted from 1
 * @param path the full path of the key, for example {@code identity.issuers[0].audience}; empty for
 *     the file as a whole
 * @param message what is wrong and what to write instead
 */
public record Fault(int line, String path, String message) {
  @Override
  public String toString() {
    return "line " + line + ": " + (path.isEmpty() ? "" : path + ": ") + message;
  }
}
