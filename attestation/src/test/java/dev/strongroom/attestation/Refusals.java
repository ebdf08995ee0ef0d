package dev.strongroom.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Asserts how something is refused. */
public final class Refusals {
  private Refusals() {}

  /** By this code; gives the message. */
  public static String assertRefused(AttestationCode code, Executable executable) {
    AttestationException refusal = assertThrows(AttestationException.class, executable);
    assertEquals(code, refusal.code(), refusal.getMessage());
    return String.valueOf(refusal.getMessage());
  }

  /** By this code and with a message that has this in it. */
  public static void assertRefused(AttestationCode code, String says, Executable executable) {
    String message = assertRefused(code, executable);
    assertTrue(message.contains(says), message);
  }
}
