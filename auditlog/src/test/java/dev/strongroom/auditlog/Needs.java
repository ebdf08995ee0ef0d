package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

/** Skips are visible: locally a test says what it lacks; under CI that is a failure. */
final class Needs {
  private Needs() {}

  static void require(boolean present, String missing) {
    if (present) {
      return;
    }
    if (System.getenv("CI") != null) {
      fail("under CI this must not be missing: " + missing);
    }
    abort("missing: " + missing);
  }
}
