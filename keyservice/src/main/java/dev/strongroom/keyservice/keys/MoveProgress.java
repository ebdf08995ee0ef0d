package dev.strongroom.keyservice.keys;

/**
 * How far moving data keys has come.
 *
 * @param state what it does
 * @param looked data keys looked at
 * @param moved of these, wrapped anew and verified
 * @param failed of these, left as they were; the log of the process says why
 * @param stoppedBy the code of what stopped it; empty otherwise
 * @param waitsFor the code of the backend's trouble that it waits to pass; empty otherwise
 */
public record MoveProgress(
    State state, long looked, long moved, long failed, String stoppedBy, String waitsFor) {
  /** Nothing was asked for since the start of the service. */
  static final MoveProgress NONE = new MoveProgress(State.NONE, 0, 0, 0, "", "");

  static final MoveProgress BEGUN = new MoveProgress(State.RUNNING, 0, 0, 0, "", "");

  /** What it does. */
  public enum State {
    NONE,
    RUNNING,
    DONE,
    STOPPED
  }

  MoveProgress plus(long moreLooked, long moreMoved, long moreFailed) {
    return new MoveProgress(
        state, looked + moreLooked, moved + moreMoved, failed + moreFailed, stoppedBy, waitsFor);
  }

  MoveProgress waiting(String code) {
    return new MoveProgress(state, looked, moved, failed, stoppedBy, code);
  }

  MoveProgress ended(State last, String by) {
    return new MoveProgress(last, looked, moved, failed, by, "");
  }
}
