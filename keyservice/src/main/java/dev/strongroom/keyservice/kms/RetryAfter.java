package dev.strongroom.keyservice.kms;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The header of that name (RFC 9110, section 10.2.3), as the backends send it. */
public final class RetryAfter {
  private static final long MAX_SECONDS = 3600;

  private RetryAfter() {}

  /**
   * What it asks for, at most an hour.
   *
   * @return zero where it is absent, a date or nonsense: our own pauses have to do
   */
  public static Duration parse(@Nullable String header) {
    if (header == null) {
      return Duration.ZERO;
    }
    try {
      return Duration.ofSeconds(Math.clamp(Long.parseLong(header.strip()), 0, MAX_SECONDS));
    } catch (NumberFormatException e) {
      return Duration.ZERO;
    }
  }
}
