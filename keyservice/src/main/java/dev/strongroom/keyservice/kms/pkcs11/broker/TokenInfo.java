package dev.strongroom.keyservice.kms.pkcs11.broker;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A token in its slot, as {@code CK_TOKEN_INFO} tells (PKCS #11 v3.0, section 3.2).
 *
 * @param pin what the token says of the user's PIN
 * @param maxSessions how many this process may open; 0 where the token sets no limit
 */
record TokenInfo(
    long slot,
    String label,
    String manufacturer,
    String model,
    String serial,
    PinState pin,
    long maxSessions) {
  /** Of the structure. */
  static final long BYTES = 208;

  private static final long USER_PIN_FINAL_TRY = 0x20000;
  private static final long USER_PIN_LOCKED = 0x40000;

  /** What stands between a wrong PIN and a token that is locked. */
  enum PinState {
    USABLE,
    /** The next wrong one locks it. */
    FINAL_TRY,
    LOCKED;

    private static PinState of(long flags) {
      if ((flags & USER_PIN_LOCKED) != 0) {
        return LOCKED;
      }
      return (flags & USER_PIN_FINAL_TRY) != 0 ? FINAL_TRY : USABLE;
    }
  }

  /** Takes it out of the structure. */
  static TokenInfo of(long slot, MemorySegment info) {
    // label 32, manufacturer 32, model 16, serial 16, flags, ulMaxSessionCount.
    return new TokenInfo(
        slot,
        padded(info, 0, 32),
        padded(info, 32, 32),
        padded(info, 64, 16),
        padded(info, 80, 16),
        PinState.of(info.get(JAVA_LONG, 96)),
        Math.max(info.get(JAVA_LONG, 104), 0)); // CK_UNAVAILABLE_INFORMATION is all ones
  }

  private static String padded(MemorySegment info, long offset, long size) {
    byte[] bytes = info.asSlice(offset, size).toArray(JAVA_BYTE);
    return new String(bytes, StandardCharsets.UTF_8).stripTrailing();
  }
}
