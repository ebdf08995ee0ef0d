package dev.strongroom.delivery.grant;

import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.auditlog.ReceiptVerifier;
import dev.strongroom.auditlog.SignatureRequirement;
import dev.strongroom.auditlog.SignatureType;
import dev.strongroom.auditlog.TrustedKey;
import dev.strongroom.auditlog.VerifierKey;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The log that a trust bundle pins. A receipt must be signed by a key of every type that is pinned:
 * with Ed25519 and ML-DSA-44 keys in the bundle, by both.
 */
public final class PinnedLog {
  private final LogTrust trust;

  private PinnedLog(LogTrust trust) {
    this.trust = trust;
  }

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the bundle's log keys are none
   */
  static PinnedLog of(TrustBundle.LogTrust pinned) {
    return new PinnedLog(trust(pinned));
  }

  /**
   * What to require of the log's signatures.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the bundle's log keys are none
   */
  public static LogTrust trust(TrustBundle.LogTrust pinned) {
    try {
      List<TrustedKey> keys = pinned.keys().stream().map(PinnedLog::key).toList();
      return new LogTrust(pinned.origin(), keys, requirement(keys));
    } catch (AuditLogException | IllegalArgumentException | DateTimeParseException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the trust bundle's log keys cannot be used: " + e.getMessage(),
          e);
    }
  }

  private static TrustedKey key(TrustBundle.LogKey key) {
    return new TrustedKey(
        VerifierKey.parse(key.vkey()),
        instant(key.notBefore(), Instant.MIN),
        instant(key.notAfter(), Instant.MAX));
  }

  private static Instant instant(@Nullable String text, Instant otherwise) {
    return text == null ? otherwise : Instant.parse(text);
  }

  private static SignatureRequirement requirement(List<TrustedKey> keys) {
    Set<SignatureType> types = EnumSet.noneOf(SignatureType.class);
    keys.forEach(key -> types.add(key.key().type()));
    if (types.size() == 2) {
      return SignatureRequirement.BOTH;
    }
    return types.contains(SignatureType.ED25519)
        ? SignatureRequirement.ED25519
        : SignatureRequirement.ML_DSA_44;
  }

  /**
   * An event and where it stands.
   *
   * @param index of the entry in the log
   */
  record Logged<T extends LogEvent>(T event, long index) {}

  /**
   * The event of this leaf, once the receipt shows that it is in the log.
   *
   * @throws Problem {@link ProblemCode#RECEIPT_INVALID} when it does not, or the leaf is no event
   *     of this kind
   */
  <T extends LogEvent> Logged<T> verify(Blob leaf, String receipt, Class<T> kind, Instant now) {
    byte[] bytes = leaf.bytes();
    try {
      long index = ReceiptVerifier.verify(Receipt.parse(receipt, bytes), bytes, trust, now).index();
      LogEvent event = EventCodec.read(bytes);
      if (kind.isInstance(event)) {
        return new Logged<>(kind.cast(event), index);
      }
    } catch (AuditLogException e) {
      throw invalid("it does not verify (" + e.code().wireName() + "): " + e.getMessage(), e);
    } catch (Problem e) {
      throw invalid("its entry cannot be read: " + e.getMessage(), e);
    }
    throw invalid("its entry is of another kind", null);
  }

  static Problem invalid(String why, @Nullable Throwable cause) {
    String message = "the receipt of the log is refused: " + why;
    return cause == null
        ? new Problem(ProblemCode.RECEIPT_INVALID, message)
        : new Problem(ProblemCode.RECEIPT_INVALID, message, cause);
  }
}
