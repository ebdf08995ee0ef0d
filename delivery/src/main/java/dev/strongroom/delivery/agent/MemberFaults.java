package dev.strongroom.delivery.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with the members of a JSON object that is to become a record: all of it at once, in
 * the words of the file and not of the record. Ranges are left to the record itself.
 */
final class MemberFaults {
  private final List<String> faults = new ArrayList<>();

  private MemberFaults() {}

  /** One sentence for each fault; empty when every member is known, there and of its type. */
  static List<String> of(JsonNode tree, Class<? extends Record> type) {
    MemberFaults found = new MemberFaults();
    found.check("", tree, type);
    return found.faults;
  }

  private void check(String prefix, JsonNode tree, Class<?> type) {
    if (!tree.isObject()) {
      faults.add(
          (prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1) + ": ")
              + "an object is wanted, not "
              + kind(tree));
      return;
    }
    List<String> known =
        Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
    tree.fieldNames()
        .forEachRemaining(name -> {
          if (!known.contains(name)) {
            faults.add(unknown(prefix, known, name));
          }
        });
    for (RecordComponent member : type.getRecordComponents()) {
      member(prefix + member.getName(), tree.path(member.getName()), member);
    }
  }

  private static String unknown(String prefix, List<String> known, String name) {
    return "unknown key '"
        + prefix
        + name
        + "'"
        + NearestName.among(known, name)
            .map(near -> "; did you mean '" + prefix + near + "'?")
            .orElse("; known are " + String.join(", ", known));
  }

  private void member(String name, JsonNode value, RecordComponent member) {
    if (value.isMissingNode()) {
      if (!member.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        faults.add(name + " is missing; " + wanted(member) + " is wanted");
      }
    } else if (member.getType().isRecord() && !isText(member)) {
      check(name + ".", value, member.getType());
    } else {
      convert(name, value, member);
    }
  }

  private void convert(String name, JsonNode value, RecordComponent member) {
    JavaType type = StrictJson.mapper().constructType(member.getGenericType());
    try {
      StrictJson.mapper().readerFor(type).readValue(value);
    } catch (JsonProcessingException e) {
      Problem problem = problem(e);
      faults.add(
          problem == null
              ? name + ": " + wanted(member) + " is wanted" + otherKind(value, member)
              : name + ": " + problem.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // A list with something else in it is a list all the same, and 1.5 a number.
  private static String otherKind(JsonNode value, RecordComponent member) {
    boolean same =
        (value.isArray() && Collection.class.isAssignableFrom(member.getType()))
            || (value.isNumber() && Number.class.isAssignableFrom(member.getType()));
    return same ? "" : ", not " + kind(value);
  }

  private static @Nullable Problem problem(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof Problem problem) {
        return problem;
      }
    }
    return null;
  }

  private static String wanted(RecordComponent member) {
    Class<?> type = member.getType();
    if (Collection.class.isAssignableFrom(type)) {
      return "a list of texts";
    }
    if (Number.class.isAssignableFrom(type)) {
      return "a whole number";
    }
    return isText(member) ? "a text in quotes" : "an object";
  }

  // Names, identifiers and choices are records and enumerations that are written as one text.
  private static boolean isText(RecordComponent member) {
    Class<?> type = member.getType();
    return type == String.class
        || type.isEnum()
        || (type.isRecord() && type.getRecordComponents().length == 1);
  }

  private static String kind(JsonNode value) {
    return "a" + (value.isArray() ? " list" : value.isObject() ? "n object" : simple(value));
  }

  private static String simple(JsonNode value) {
    String kind = value.isTextual() ? "text" : value.getNodeType().name().toLowerCase(Locale.ROOT);
    return " " + kind;
  }
}
