package dev.strongroom.cli.command;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How long to wait, as configurations write it: 30s, 5m, 1h. */
final class WaitTime implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(0|[1-9][0-9]{0,5})([smh])");

  @Override
  public Duration convert(String value) {
    Matcher form = FORM.matcher(value);
    if (!form.matches()) {
      throw new TypeConversionException(
          "'" + value + "' is no duration: a whole number and one of s, m, h, such as 5m");
    }
    long count = Long.parseLong(form.group(1));
    return switch (form.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofHours(count);
    };
  }
}
