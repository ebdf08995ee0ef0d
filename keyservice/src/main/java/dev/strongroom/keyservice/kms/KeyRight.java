package dev.strongroom.keyservice.kms;

/**
 * A right that the use of a KEK does not show.
 *
 * @param what it lets the service do, as in "may renew its token"
 * @param toDo how the right is given
 */
public record KeyRight(String what, State state, String toDo) {

  /** Whether the service has it. */
  public enum State {
    /** It has. */
    HELD,
    /** It has not, and needs it. */
    MISSING,
    /** It has not, and needs it for one command alone. */
    NOT_HELD,
    /** The backend does not say. */
    NOT_KNOWN
  }
}
