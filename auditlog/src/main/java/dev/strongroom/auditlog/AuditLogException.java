package dev.strongroom.auditlog;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A refusal of the log with a stable code: a malformed input, a check that failed, or a state on
 * disk that does not hold together. Where an entry is concerned it names the first bad index.
 */
public final class AuditLogException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final long NO_INDEX = -1;

  private final LogCode code;
  private final long index;

  AuditLogException(LogCode code, String message) {
    this(code, NO_INDEX, message, null);
  }

  AuditLogException(LogCode code, String message, Throwable cause) {
    this(code, NO_INDEX, message, cause);
  }

  AuditLogException(LogCode code, long index, String message) {
    this(code, index, message, null);
  }

  private AuditLogException(LogCode code, long index, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.index = index;
  }

  public LogCode code() {
    return code;
  }

  /** The first index that is bad, where the refusal is about entries; otherwise empty. */
  public OptionalLong firstBadIndex() {
    return index == NO_INDEX ? OptionalLong.empty() : OptionalLong.of(index);
  }
}
