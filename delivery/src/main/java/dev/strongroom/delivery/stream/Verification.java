package dev.strongroom.delivery.stream;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/** What must hold before a delivered file is visible. */
public enum Verification {
  /**
   * The tag of every segment, and the SHA-256 of the whole plaintext that stands in the manifest.
   * Whoever has held the data key can seal other bytes under it; only this shows that these are the
   * ones that the publisher signed.
   */
  DIGEST("digest"),

  /** The tag of every segment: it was sealed by who held the data key, for this place. */
  TAGS("tags");

  private final String wireName;

  Verification(String wireName) {
    this.wireName = wireName;
  }

  @JsonValue
  public String wireName() {
    return wireName;
  }

  @JsonCreator
  public static Verification ofWireName(String wireName) {
    return switch (wireName) {
      case "digest" -> DIGEST;
      case "tags" -> TAGS;
      default -> throw new Problem(ProblemCode.MALFORMED_REQUEST, "verify is digest or tags");
    };
  }
}
