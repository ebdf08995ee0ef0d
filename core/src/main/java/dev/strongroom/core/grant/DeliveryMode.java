package dev.strongroom.core.grant;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Locale;

/** How the weights are delivered; a policy may forbid either. */
public enum DeliveryMode {
  /** A process that stays, renews its lease and wipes when its right ends. */
  SIDECAR,
  /** One shot: nobody stays to wipe. */
  INIT;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  public static DeliveryMode ofWireName(String wireName) {
    return switch (wireName) {
      case "sidecar" -> SIDECAR;
      case "init" -> INIT;
      default ->
          throw new Problem(ProblemCode.MALFORMED_REQUEST, "a delivery mode is sidecar or init");
    };
  }
}
