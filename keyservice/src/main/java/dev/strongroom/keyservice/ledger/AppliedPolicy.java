package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import org.jspecify.annotations.Nullable;

/**
 * What the log says of policies.
 *
 * @param digest of the policy in force; null before the first
 * @param version the newest that was approved; 0 where none ever was
 * @param statement SHA-256 over what its approvers signed; null where there is none
 */
public record AppliedPolicy(
    @Nullable Sha256Digest digest, long version, @Nullable Sha256Digest statement) {
  /** Before the first entry. */
  public static final AppliedPolicy NONE = new AppliedPolicy(null, 0, null);

  AppliedPolicy after(LogEvent event) {
    if (!(event instanceof LogEvent.PolicyApplied applied)) {
      return this;
    }
    // A file that rules meanwhile does not make an old approval new again.
    return applied.version() == null
        ? new AppliedPolicy(applied.policyDigest(), version, statement)
        : new AppliedPolicy(applied.policyDigest(), applied.version(), applied.statement());
  }
}
