package dev.strongroom.core.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Locale;

/** Where the service had the data key of a grant from. */
public enum DataKeySource {
  /** The key backend was called for this grant. */
  BACKEND,
  /** The service still held it from a call that it made for another grant. */
  CACHE;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  public static DataKeySource ofWireName(String wireName) {
    return switch (wireName) {
      case "backend" -> BACKEND;
      case "cache" -> CACHE;
      default ->
          throw new Problem(
              ProblemCode.MALFORMED_REQUEST, "the source of a data key is backend or cache");
    };
  }
}
