package dev.strongroom.keyservice.config.yaml;

import dev.strongroom.core.problem.Problem;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads single values. Each has one spelling; a faulty one throws with what to write instead. */
final class ScalarReader {
  private static final Pattern DURATION = Pattern.compile("(0|[1-9][0-9]{0,9})(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(0|[1-9][0-9]{0,9})(KiB|MiB|GiB)?");
  private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]{0,17})");
  private static final Pattern FRACTION = Pattern.compile("(0|[1-9][0-9]{0,5})(\\.[0-9]{1,6})?");

  private ScalarReader() {}

  /** A value that cannot be read; the message says what is wanted. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message);
    }
  }

  static boolean reads(Class<?> type) {
    return type == String.class
        || type == Path.class
        || type == URI.class
        || type == Duration.class
        || type == ByteSize.class
        || type == Integer.class
        || type == Long.class
        || type == Double.class
        || type == Boolean.class
        || type.isEnum()
        || isTextRecord(type);
  }

  /** A record around one text, such as a model pattern: written as the text. */
  static boolean isTextRecord(Class<?> type) {
    return type.isRecord()
        && type.getRecordComponents().length == 1
        && type.getRecordComponents()[0].getType() == String.class;
  }

  static Object read(Class<?> type, YamlNode.Scalar scalar, Path pathBase) throws Unreadable {
    return switch (scalar.type()) {
      case NULL -> throw new Unreadable("the value is missing");
      case TEXT, INTEGER -> read(type, scalar.text(), pathBase);
      case FRACTION -> {
        if (type != Double.class) {
          throw new Unreadable("a fraction is not wanted here; put a text into quotes");
        }
        yield read(type, scalar.text(), pathBase);
      }
      case BOOLEAN -> {
        if (type != Boolean.class) {
          throw new Unreadable("true or false is not wanted here; put a text into quotes");
        }
        yield read(type, scalar.text(), pathBase);
      }
    };
  }

  static Object read(Class<?> type, String text, Path pathBase) throws Unreadable {
    if (type == String.class) {
      return nonEmpty(text);
    } else if (type == Path.class) {
      return path(text, pathBase);
    } else if (type == URI.class) {
      return uri(text);
    } else if (type == Duration.class) {
      return duration(text);
    } else if (type == ByteSize.class) {
      return size(text);
    } else if (type == Integer.class) {
      return Math.toIntExact(Math.clamp(integer(text), Integer.MIN_VALUE, Integer.MAX_VALUE));
    } else if (type == Long.class) {
      return integer(text);
    } else if (type == Double.class) {
      return fraction(text);
    } else if (type == Boolean.class) {
      return bool(text);
    } else if (type.isEnum()) {
      return constant(type, text);
    }
    return textRecord(type, text);
  }

  private static String nonEmpty(String text) throws Unreadable {
    if (text.isBlank() || text.chars().anyMatch(c -> c < 0x20 && c != '\n' && c != '\t')) {
      throw new Unreadable("the text is empty or holds a control character");
    }
    return text;
  }

  private static Path path(String text, Path base) throws Unreadable {
    try {
      return base.resolve(nonEmpty(text)).normalize();
    } catch (InvalidPathException e) {
      throw new Unreadable("this is not a path");
    }
  }

  private static URI uri(String text) throws Unreadable {
    try {
      URI uri = URI.create(text);
      if (uri.isAbsolute() && uri.getHost() != null && uri.getUserInfo() == null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the same message.
    }
    throw new Unreadable("a URL with a host and without user information is wanted");
  }

  static Duration duration(String text) throws Unreadable {
    Matcher form = DURATION.matcher(text);
    if (!form.matches()) {
      throw new Unreadable("a duration is a whole number and one of ms, s, m, h, d, such as 10m");
    }
    long count = Long.parseLong(form.group(1));
    return switch (form.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  private static ByteSize size(String text) throws Unreadable {
    Matcher form = SIZE.matcher(text);
    if (!form.matches()) {
      throw new Unreadable("a size is a whole number of bytes or one with KiB, MiB, GiB");
    }
    String unit = form.group(2);
    int shift = unit == null ? 0 : unit.equals("KiB") ? 10 : unit.equals("MiB") ? 20 : 30;
    return new ByteSize(Long.parseLong(form.group(1)) << shift);
  }

  private static long integer(String text) throws Unreadable {
    if (!INTEGER.matcher(text).matches()) {
      throw new Unreadable("a whole number is wanted");
    }
    return Long.parseLong(text);
  }

  private static double fraction(String text) throws Unreadable {
    if (!FRACTION.matcher(text).matches()) {
      throw new Unreadable("a number such as 0.5 is wanted");
    }
    return Double.parseDouble(text);
  }

  private static boolean bool(String text) throws Unreadable {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new Unreadable("true or false is wanted");
    };
  }

  private static Object constant(Class<?> type, String text) throws Unreadable {
    List<String> spellings = new ArrayList<>();
    for (Object constant : type.getEnumConstants()) {
      String spelling = wireName(type, (Enum<?>) constant);
      if (spelling.equals(text)) {
        return constant;
      }
      spellings.add(spelling);
    }
    throw new Unreadable(
        Nearest.to(text, spellings)
            .map(nearest -> "unknown value; did you mean '" + nearest + "'?")
            .orElse("one of " + String.join(", ", spellings) + " is wanted"));
  }

  /** An enum's {@code wireName()} where it has one, its name otherwise. */
  static String wireName(Class<?> type, Enum<?> constant) {
    try {
      return (String) type.getMethod("wireName").invoke(constant);
    } catch (NoSuchMethodException e) {
      return constant.name();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("wireName() of " + type + " must be callable", e);
    }
  }

  private static Object textRecord(Class<?> type, String text) throws Unreadable {
    try {
      return type.getConstructor(String.class).newInstance(text);
    } catch (InvocationTargetException e) {
      @Nullable Throwable cause = e.getCause();
      if (cause instanceof Problem problem) {
        throw new Unreadable(String.valueOf(problem.getMessage()));
      }
      throw new IllegalStateException("the constructor of " + type + " failed", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " must be public", e);
    }
  }
}
