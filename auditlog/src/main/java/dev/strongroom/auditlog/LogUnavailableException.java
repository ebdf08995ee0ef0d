package dev.strongroom.auditlog;

import org.jspecify.annotations.Nullable;

/**
 * The log cannot take or confirm an entry now. The caller must not act on the entry. After {@link
 * Reason#TIMEOUT} and {@link Reason#FAILED} the entry may nevertheless stand in the log: a leaf
 * means that something may have happened.
 */
public final class LogUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why the log is unavailable. */
  public enum Reason {
    /** More submissions wait than the queue holds; try again after a pause. */
    QUEUE_FULL,
    /** No confirmation within the configured wait: the disk is slow or hangs. */
    TIMEOUT,
    /** An earlier failure stopped the log; an operator must look at the cause and reopen it. */
    FAILED,
    /** The log was closed. */
    CLOSED
  }

  private final Reason reason;

  LogUnavailableException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
