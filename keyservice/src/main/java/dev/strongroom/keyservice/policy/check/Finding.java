package dev.strongroom.keyservice.policy.check;

/**
 * One thing to be said of a policy.
 *
 * @param level error (it cannot be in force) or warning
 * @param line counted from 1; 0 for the file as a whole
 * @param message what it is, and what to do
 */
public record Finding(Level level, int line, String message) {
  /** How bad it is. */
  public enum Level {
    error,
    warning
  }

  @Override
  public String toString() {
    return (line == 0 ? "" : "line " + line + ": ") + level + ": " + message;
  }
}
