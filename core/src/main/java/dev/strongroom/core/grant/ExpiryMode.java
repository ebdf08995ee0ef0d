package dev.strongroom.core.grant;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/**
 * What happens to delivered weights when a lease runs out because the service cannot be reached. A
 * revocation always wipes.
 */
public enum ExpiryMode {
  WIPE("wipe"),
  KEEP_SERVING("keep-serving");

  private final String wireName;

  ExpiryMode(String wireName) {
    this.wireName = wireName;
  }

  @JsonValue
  public String wireName() {
    return wireName;
  }

  @JsonCreator
  public static ExpiryMode ofWireName(String wireName) {
    return switch (wireName) {
      case "wipe" -> WIPE;
      case "keep-serving" -> KEEP_SERVING;
      default ->
          throw new Problem(
              ProblemCode.MALFORMED_REQUEST, "an expiry mode is wipe or keep-serving");
    };
  }
}
