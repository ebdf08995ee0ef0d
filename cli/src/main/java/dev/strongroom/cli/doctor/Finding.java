package dev.strongroom.cli.doctor;

/**
 * What one look found.
 *
 * @param step what was looked at, for example {@code tls}
 * @param detail what was seen
 * @param next what to do; empty where nothing is to be done
 */
public record Finding(String step, State state, String detail, String next) {

  /** How it stands. */
  public enum State {
    OK,
    WARNING,
    FAILED,
    SKIPPED
  }

  static Finding ok(String step, String detail) {
    return new Finding(step, State.OK, detail, "");
  }

  static Finding warning(String step, String detail, String next) {
    return new Finding(step, State.WARNING, detail, next);
  }

  static Finding failed(String step, String detail, String next) {
    return new Finding(step, State.FAILED, detail, next);
  }

  static Finding skipped(String step, String detail) {
    return new Finding(step, State.SKIPPED, detail, "");
  }
}
