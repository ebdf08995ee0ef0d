package dev.strongroom.attestation;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Evidence is refused. The message says what was found where, and holds nothing secret. */
public final class AttestationException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private final AttestationCode code;

  public AttestationException(AttestationCode code, String message) {
    this(code, message, null);
  }

  public AttestationException(AttestationCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public AttestationCode code() {
    return code;
  }
}
