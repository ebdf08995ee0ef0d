package dev.strongroom.keyservice.keys;

/**
 * How far moving all data keys to the newest KEK version has come.
 *
 * @param state what it does
 * @param looked data keys looked at
 * @param rewrapped of these, moved and verified
 * @param failed of these, left as they were; the log of the process says why
 * @param stoppedBy the code of what stopped it; empty otherwise
 */
public record RewrapProgress(
    State state, long looked, long rewrapped, long failed, String stoppedBy) {
  /** Nothing was asked for since the start of the service. */
  static final RewrapProgress NONE = new RewrapProgress(State.NONE, 0, 0, 0, "");

  static final RewrapProgress BEGUN = new RewrapProgress(State.RUNNING, 0, 0, 0, "");

  /** What a rewrap does. */
  public enum State {
    NONE,
    RUNNING,
    DONE,
    STOPPED
  }

  RewrapProgress plus(long moreLooked, long moreRewrapped, long moreFailed) {
    return new RewrapProgress(
        state, looked + moreLooked, rewrapped + moreRewrapped, failed + moreFailed, stoppedBy);
  }

  RewrapProgress ended(State last, String by) {
    return new RewrapProgress(last, looked, rewrapped, failed, by);
  }
}
