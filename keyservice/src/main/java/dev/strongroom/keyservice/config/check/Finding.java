package dev.strongroom.keyservice.config.check;

/**
 * One thing that a check found.
 *
 * @param topic what was looked at, in a word or two
 * @param what how it is
 * @param toDo what to do about it; empty where nothing is to be done
 */
public record Finding(Severity severity, String topic, String what, String toDo) {

  /** How bad it is. */
  public enum Severity {
    /** Good. */
    OK,
    /** The service starts, but somebody should look. */
    WARNING,
    /** The service does not start, or refuses everything. */
    ERROR
  }

  static Finding ok(String topic, String what) {
    return new Finding(Severity.OK, topic, what, "");
  }

  static Finding warning(String topic, String what, String toDo) {
    return new Finding(Severity.WARNING, topic, what, toDo);
  }

  static Finding error(String topic, String what, String toDo) {
    return new Finding(Severity.ERROR, topic, what, toDo);
  }
}
