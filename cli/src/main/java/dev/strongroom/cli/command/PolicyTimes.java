package dev.strongroom.cli.command;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people write them on the command line. */
final class PolicyTimes {
  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,6})([smhd])");

  private PolicyTimes() {}

  /** 30s, 10m, 2h or 7d. */
  static Optional<Duration> duration(String text) {
    Matcher form = DURATION.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(form.group(1));
    return Optional.of(
        switch (form.group(2)) {
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          case "h" -> Duration.ofHours(count);
          case String _ -> Duration.ofDays(count);
        });
  }

  /** A time (RFC 3339), or how long ago. */
  static Optional<Instant> since(String text, Instant now) {
    Optional<Duration> ago = duration(text);
    if (ago.isPresent()) {
      return ago.map(now::minus);
    }
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
