package dev.strongroom.keyservice.config.check;

/**
 * One thing that a check found.
 *
 * @param what was looked at, and how it is
 * @param toDo what to do about it; empty where nothing is to be done
 */
public record Finding(Severity severity, String what, String toDo) {

  /** How bad it is. */
  public enum Severity {
    /** Good. */
    OK,
    /** The service starts, but somebody should look. */
    WARNING,
    /** The service does not start, or refuses everything. */
    ERROR
  }

  static Finding ok(String what) {
    return new Finding(Severity.OK, what, "");
  }

  static Finding warning(String what, String toDo) {
    return new Finding(Severity.WARNING, what, toDo);
  }

  static Finding error(String what, String toDo) {
    return new Finding(Severity.ERROR, what, toDo);
  }
}
