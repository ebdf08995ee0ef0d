package dev.strongroom.core.exposure;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What became of our copy of the plaintext that a grant led to. */
public enum CopyState {
  /** The lease lives. */
  LIVE,
  /** The lease ended, and its holder has not yet said that it wiped. */
  WIPE_AWAITED,
  /** The holder says that it wiped. */
  WIPED,
  /** No acknowledgement came in time. */
  WIPE_UNCONFIRMED,
  /** The lease ran out, and the grant let the weights stay. */
  LEFT;

  /**
   * As the log says it.
   *
   * @param ended why the lease ended; null while it lives
   * @param mode of the grant
   * @param onExpiry of the grant
   * @param told {@link #WIPED} or {@link #WIPE_UNCONFIRMED} where the log says so
   */
  public static CopyState of(
      Lease.@Nullable EndCause ended,
      DeliveryMode mode,
      ExpiryMode onExpiry,
      @Nullable CopyState told) {
    if (ended == null) {
      return LIVE;
    }
    if (told != null) {
      return told;
    }
    return ended.expectsWipe(mode, onExpiry) ? WIPE_AWAITED : LEFT;
  }

  /** The spelling in answers. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} for another name
   */
  @JsonCreator
  public static CopyState ofWireName(String name) {
    for (CopyState state : values()) {
      if (state.wireName().equals(name)) {
        return state;
      }
    }
    throw new Problem(
        ProblemCode.MALFORMED_REQUEST,
        "a copy is live, wipe-awaited, wiped, wipe-unconfirmed or left");
  }
}
